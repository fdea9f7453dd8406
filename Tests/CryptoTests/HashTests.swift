import Bytes
import Crypto
import Testing

@Suite struct HashTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the digests of FIPS 180-4`(message: String, digest: String) throws {
        #expect(try Hash.sha256(Array(message.utf8)) == hex(digest))
    }

    @Test func `a million letters hash as published`() throws {
        let digest = Hash.sha256([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(try digest == hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"))
    }
}

@Suite struct HMACTests {
    struct Vector: Sendable {
        let key: String, data: String, code: String
    }

    /// RFC 4231 §4.2 to 4.4, 4.7 and 4.8.
    static let vectors = [
        Vector(
            key: String(repeating: "0b", count: 20), data: "4869205468657265",
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            key: "4a656665", data: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            key: String(repeating: "aa", count: 20), data: String(repeating: "dd", count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            key: String(repeating: "aa", count: 131),
            data: "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20"
                + "48617368204b6579204669727374",
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ]

    @Test(arguments: vectors)
    func `HMAC-SHA-256 gives the codes of RFC 4231`(vector: Vector) throws {
        let code = try HMAC.sha256(key: Secret(hex(vector.key)), hex(vector.data))
        #expect(try code == hex(vector.code))
    }

    @Test func `a code does not depend on the key used before it`() {
        let expected = HMAC.sha256(key: Secret([1]), [1, 2, 3])
        _ = HMAC.sha256(key: Secret([2]), [1, 2, 3])
        #expect(HMAC.sha256(key: Secret([1]), [1, 2, 3]) == expected)
    }

    @Test func `an empty key is a key of zeros and not the key before`() {
        _ = HMAC.sha256(key: Secret([7, 7, 7]), [])
        let zeros = Secret([UInt8](repeating: 0, count: 64))
        #expect(HMAC.sha256(key: Secret([UInt8]()), [1]) == HMAC.sha256(key: zeros, [1]))
    }
}

@Suite struct HKDFTests {
    /// RFC 5869 appendix A.1.
    @Test func `derives the key of a salted example`() throws {
        let key = HKDF.sha256(
            key: Secret([UInt8](repeating: 0x0b, count: 22)), salt: Array(0...0x0c), info: Array(0xf0...0xf9),
            length: 42)
        let expected = try hex(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        #expect(key.reveal() == expected)
    }

    /// RFC 5869 appendix A.2.
    @Test func `derives several blocks from long inputs`() throws {
        let key = HKDF.sha256(
            key: Secret(Array(0...0x4f)), salt: Array(0x60...0xaf), info: Array(0xb0...0xff), length: 82)
        let expected = try hex(
            """
            b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
            59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71
            cc30c58179ec3e87c14c01d5c1f3434f1d87
            """)
        #expect(key.reveal() == expected)
    }

    /// RFC 5869 appendix A.3, after a derivation that had salt and info.
    @Test func `derives without salt and info, whatever was derived before`() throws {
        _ = HKDF.sha256(key: Secret([1]), salt: [2], info: [3], length: 8)
        let key = HKDF.sha256(
            key: Secret([UInt8](repeating: 0x0b, count: 22)), salt: [], info: [], length: 42)
        let expected = try hex(
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        #expect(key.reveal() == expected)
    }

    @Test func `takes as much info as it promises`() {
        let info = [UInt8](repeating: 9, count: HKDF.maximumInfo)
        let key = HKDF.sha256(key: Secret([1]), salt: [], info: info, length: 32)
        #expect(key != HKDF.sha256(key: Secret([1]), salt: [], info: info.dropLast() + [8], length: 32))
    }
}

@Suite struct RandomTests {
    @Test func `gives as many octets as asked for, different each time`() {
        let drawn = (0..<1000).map { _ in ByteString(Random.bytes(16)) }
        #expect(Set(drawn).count == 1000)
        #expect(drawn.allSatisfy { $0.count == 16 })
        #expect(Random.bytes(0).isEmpty)
        #expect(Random.secret(32).count == 32)
        #expect(Random.secret(32) != Random.secret(32))
    }
}
