import Bytes
import Crypto
import Testing

/// The example keys and signatures of RFC 7515, appendices A.2 and A.3.
enum Examples {
    static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    static let rsaInput = Array(("eyJhbGciOiJSUzI1NiJ9." + payload).utf8)
    static let ecInput = Array(("eyJhbGciOiJFUzI1NiJ9." + payload).utf8)

    static let modulus = """
        ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql\
        L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs\
        LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud\
        F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ
        """
    static let rsaSignature = """
        cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG\
        bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K\
        0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6\
        LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
        """
    static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    static let ecSignature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

    static func rsaKey() throws -> VerificationKey {
        try #require(VerificationKey(rsaModulus: base64(modulus), exponent: [1, 0, 1]))
    }

    static func ecKey() throws -> VerificationKey {
        try #require(VerificationKey(p256X: base64(x), y: base64(y)))
    }
}

@Suite struct RSASignatureTests {
    @Test func `RS256 verifies the example of RFC 7515 and refuses each changed octet of the signature`() throws {
        let key = try Examples.rsaKey()
        let signature = try base64(Examples.rsaSignature)
        #expect(key.verifies(.rs256, signature: signature, message: Examples.rsaInput))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x10
            #expect(!key.verifies(.rs256, signature: changed, message: Examples.rsaInput))
        }
        #expect(!key.verifies(.rs256, signature: signature, message: Examples.rsaInput + [0]))
        #expect(!key.verifies(.rs256, signature: signature, message: []))
    }

    @Test func `signatures of another length or scheme do not fit`() throws {
        let key = try Examples.rsaKey()
        let signature = try base64(Examples.rsaSignature)
        #expect(!key.verifies(.rs256, signature: [], message: Examples.rsaInput))
        #expect(!key.verifies(.rs256, signature: [0] + signature, message: Examples.rsaInput))
        #expect(!key.verifies(.rs256, signature: signature.dropLast(), message: Examples.rsaInput))
        #expect(!key.verifies(.ps256, signature: signature, message: Examples.rsaInput))
        #expect(!key.verifies(.es256, signature: signature, message: Examples.rsaInput))
    }

    /// Made with `openssl dgst -sigopt rsa_padding_mode:pss`.
    @Test func `PS256 takes a salt as long as the digest only`() throws {
        let modulus = try hex(
            """
            cbee5454e89f081a01df932933c2e00b7f92c2fcd9e145ef8879007163b23bea
            80578620b45340546f39748cbee45abf9884d4e36f0b702d42200568dddb7e3c
            368c0e16a18dbd7feb316360cccf9adf77f5beb949dd39404c83ee9fed7c8298
            6f0ed59790996511d6e27d06e9d369538cc309e5339a7dc2bae9e63362968dde
            ef2c686fb210b5809e169998ba440d91e1d6009351622d77e769fd2344805ba8
            918325bb1b0a6a7fb02530fa75e2003ed74577442e913d54f22348554ae9591c
            9efc7b5b50e4e869c521c227ea54405c5db1274544103dc93dbefed161bee0a3
            399a3233a9a8ca96d6809b734a991d9215a8465c5c6f421b60e60d1aee05a4b5
            """)
        let signature = try hex(
            """
            3d73eae827e836e41b4380e5b3baf0729d7b059693979e27e8a69f395417bfa3
            0634a4a024efa279650fbabbffaf08c87e9b9e2fd58be2eb58d60182ed298697
            7310fcbe6dbca0c9f7bebb6bb0c1fbeeba8bd42a85af2535ed7fecb55c49df25
            addd33300fe8284576e421d79c43c77f3e6cc28e4de786043634d97bf4e4d0cf
            a7c6cd78822dace313a20e655a984d676eeedf7a8f867efd2639afd418f88360
            8e9a3e339e8baa42a76a2785994a24bc0ea5256f72ed0238c0a759bb9266760d
            952ef1ff562d5d469fb5b69419c0c827c33b1dcc2820bcd4c365d1ea8df9c57f
            9aa8d016498e8c2dd4ccd185b7156f43f5fbe5f4d93033a7fbb6cc1acf77027d
            """)
        let shortSalt = try hex(
            """
            2595a7c5fd03a161f4790ed62d20700bed9c4dda142d37b8092cc2b3af0df7bc
            45a4b4bedf9421126cecfa4521bc9f4473da4422e7ab2ae3986c2c3f5dcb33a2
            2dfaa25c6bea783479047265dffb69b4bb355d4d146b95b08815af3935d2bb8b
            d29748be71ce1a548e90093cff52c510202068e310ff638f5c21b0c9fd66579e
            cc02ce3f507500d3b0f5ee44722aca4c2c3002d796873d1c833bf777d78cf89c
            f654661af4eb4e7251890eb75f17af5529a59a84a2cf686de605eda8b4b4bc9b
            c1826c74dbfe2f6d806b6a4d6feda15416e93620065f9330532050d9b39eabf6
            ea1661949045f5ce5bbfacadd589c6ae727ebbf0095ff7106a39fe007ab0fffb
            """)
        let key = try #require(VerificationKey(rsaModulus: modulus, exponent: [1, 0, 1]))
        let message = Array("a message".utf8)
        #expect(key.verifies(.ps256, signature: signature, message: message))
        #expect(!key.verifies(.ps256, signature: shortSalt, message: message))
        #expect(!key.verifies(.rs256, signature: signature, message: message))
        #expect(!key.verifies(.ps256, signature: signature, message: message + [0]))
    }

    @Test(arguments: [512, 1024, 2040, 2047])
    func `a modulus below 2048 bits is refused`(bits: Int) {
        #expect(VerificationKey(rsaModulus: Self.modulus(bits: bits), exponent: [1, 0, 1]) == nil)
    }

    @Test(arguments: [2048, 2049, 4096, 8192])
    func `a modulus of 2048 to 8192 bits is taken`(bits: Int) {
        #expect(VerificationKey(rsaModulus: Self.modulus(bits: bits), exponent: [1, 0, 1]) != nil)
        #expect(VerificationKey(rsaModulus: [0, 0] + Self.modulus(bits: bits), exponent: [0, 1, 0, 1]) != nil)
    }

    @Test(arguments: [8193, 32768, 1_000_000])
    func `a modulus above 8192 bits is refused`(bits: Int) {
        #expect(VerificationKey(rsaModulus: Self.modulus(bits: bits), exponent: [1, 0, 1]) == nil)
    }

    @Test(arguments: [[], [0], [1], [2], [1, 0, 0], [1, 0, 0, 0, 1]] as [[UInt8]])
    func `an exponent that is even, one or above 32 bits is refused`(exponent: [UInt8]) throws {
        #expect(try VerificationKey(rsaModulus: base64(Examples.modulus), exponent: exponent) == nil)
    }

    @Test func `an even or empty modulus is refused`() {
        var even = Self.modulus(bits: 2048)
        even[even.count - 1] = 0
        #expect(VerificationKey(rsaModulus: even, exponent: [1, 0, 1]) == nil)
        #expect(VerificationKey(rsaModulus: [], exponent: [1, 0, 1]) == nil)
    }

    /// An odd number of exactly so many bits.
    private static func modulus(bits: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x55, count: (bits + 7) / 8)
        let top = UInt8((bits - 1) % 8)
        bytes[0] = 1 << top
        return bytes
    }
}

@Suite struct ECDSASignatureTests {
    @Test func `ES256 verifies the example of RFC 7515 and refuses each changed octet of the signature`() throws {
        let key = try Examples.ecKey()
        let signature = try base64(Examples.ecSignature)
        #expect(key.verifies(.es256, signature: signature, message: Examples.ecInput))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x10
            #expect(!key.verifies(.es256, signature: changed, message: Examples.ecInput))
        }
        #expect(!key.verifies(.es256, signature: signature, message: Examples.ecInput + [0]))
    }

    @Test func `a zero half, a half of the group order and another scheme are refused`() throws {
        let key = try Examples.ecKey()
        let signature = try base64(Examples.ecSignature)
        let zero = [UInt8](repeating: 0, count: 32)
        let order = try hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        for half in [zero, order] {
            #expect(!key.verifies(.es256, signature: half + signature[32...], message: Examples.ecInput))
            #expect(!key.verifies(.es256, signature: signature[..<32] + half, message: Examples.ecInput))
        }
        #expect(!key.verifies(.es256, signature: zero + zero, message: Examples.ecInput))
        #expect(!key.verifies(.rs256, signature: signature, message: Examples.ecInput))
        #expect(!key.verifies(.ps256, signature: signature, message: Examples.ecInput))
    }

    @Test func `the DER form and other lengths are refused`() throws {
        let key = try Examples.ecKey()
        let signature = try base64(Examples.ecSignature)
        let der = [0x30, 0x45, 0x02, 0x20] + signature[..<32] + [0x02, 0x21, 0x00] + signature[32...]
        for wrong in [[], der, signature + [0], [0] + signature, signature.dropLast()] {
            #expect(!key.verifies(.es256, signature: Array(wrong), message: Examples.ecInput))
        }
    }

    @Test func `a point that is not on the curve is refused`() throws {
        let (x, y) = try (base64(Examples.x), base64(Examples.y))
        var off = y
        off[31] ^= 1
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(VerificationKey(p256X: x, y: off) == nil)
        #expect(VerificationKey(p256X: y, y: x) == nil)
        #expect(VerificationKey(p256X: zero, y: zero) == nil)
        #expect(VerificationKey(p256X: [UInt8](repeating: 0xff, count: 32), y: y) == nil)
    }

    @Test func `coordinates of another length are refused`() throws {
        let (x, y) = try (base64(Examples.x), base64(Examples.y))
        #expect(VerificationKey(p256X: [0] + x, y: y) == nil)
        #expect(VerificationKey(p256X: x, y: y.dropLast()) == nil)
        #expect(VerificationKey(p256X: [], y: []) == nil)
    }
}
