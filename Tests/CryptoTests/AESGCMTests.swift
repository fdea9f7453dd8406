import Bytes
import Crypto
import Testing

@Suite struct AESGCMTests {
    struct Vector: Sendable {
        let key: String, nonce: String, plain: String, aad: String, sealed: String
    }

    static let zeroKey = String(repeating: "00", count: 32)

    /// The 256-bit cases 13, 14 and 16 of the GCM submission to NIST.
    static let vectors = [
        Vector(
            key: zeroKey, nonce: "000000000000000000000000", plain: "", aad: "",
            sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            key: zeroKey, nonce: "000000000000000000000000", plain: "00000000000000000000000000000000", aad: "",
            sealed: "cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            key: "feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plain: """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """,
            aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            sealed: """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b
                """),
    ]

    @Test(arguments: vectors)
    func `seals and opens the published cases`(vector: Vector) throws {
        let key = try Secret(hex(vector.key))
        let (nonce, aad) = try (hex(vector.nonce), hex(vector.aad))
        let sealed = try AESGCM.seal(hex(vector.plain), key: key, nonce: nonce, aad: aad)
        #expect(try sealed == hex(vector.sealed))
        #expect(try AESGCM.open(sealed, key: key, nonce: nonce, aad: aad) == hex(vector.plain))
    }

    @Test func `refuses a change of any octet`() throws {
        let key = Secret([UInt8](repeating: 3, count: 32))
        let nonce = [UInt8](repeating: 4, count: 12)
        let sealed = AESGCM.seal(Array("secret".utf8), key: key, nonce: nonce, aad: [5])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(AESGCM.open(changed, key: key, nonce: nonce, aad: [5]) == nil)
        }
        #expect(AESGCM.open(sealed, key: key, nonce: nonce, aad: [5]) == Array("secret".utf8))
    }

    @Test func `refuses another key, nonce, AAD or length`() {
        let key = Secret([UInt8](repeating: 3, count: 32))
        let nonce = [UInt8](repeating: 4, count: 12)
        let sealed = AESGCM.seal([1, 2, 3], key: key, nonce: nonce, aad: [])
        #expect(AESGCM.open(sealed, key: Secret([UInt8](repeating: 2, count: 32)), nonce: nonce, aad: []) == nil)
        #expect(AESGCM.open(sealed, key: key, nonce: [UInt8](repeating: 5, count: 12), aad: []) == nil)
        #expect(AESGCM.open(sealed, key: key, nonce: nonce, aad: [0]) == nil)
        for count in 0..<sealed.count {
            #expect(AESGCM.open(Array(sealed.prefix(count)), key: key, nonce: nonce, aad: []) == nil)
        }
    }

    @Test func `many threads at once do not disturb each other`() async {
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in UInt8(0)..<8 { group.addTask { Self.roundTrips(task) } }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    private static func roundTrips(_ task: UInt8) -> Int {
        let key = Secret([UInt8](repeating: task, count: 32))
        return (0..<200).count { round in
            let plain = Hash.sha256([task, UInt8(round)])
            let nonce = [UInt8](repeating: UInt8(round), count: 12)
            let sealed = AESGCM.seal(plain, key: key, nonce: nonce, aad: [])
            return AESGCM.open(sealed, key: key, nonce: nonce, aad: []) != plain
        }
    }
}
