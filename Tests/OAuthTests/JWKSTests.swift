import Bytes
import OAuth
import Testing

@Suite struct JWKSTests {
    static func count(_ keys: String) throws -> Int {
        try JWKS(parsing: Array(#"{"keys":[\#(keys)]}"#.utf8), cryptography: LibraryCryptography()).count
    }

    static let rsa = #""kty":"RSA","n":"\#(Signed.modulus)","e":"AQAB""#
    static let ec = #""kty":"EC","crv":"P-256","x":"\#(Signed.x)","y":"\#(Signed.y)""#

    @Test(arguments: [
        "{\(rsa)}", "{\(ec)}", #"{\#(rsa),"kid":"a","use":"sig","alg":"RS256"}"#, #"{\#(rsa),"alg":"PS256"}"#,
        #"{\#(ec),"key_ops":["verify"]}"#, #"{\#(ec),"alg":"ES256","x5c":["ignored"],"future":{}}"#,
    ])
    func `a key that can verify is kept`(key: String) throws {
        #expect(try Self.count(key) == 1)
    }

    @Test(arguments: [
        #"{"kty":"oct","k":"AAAA"}"#, #"{"kty":"OKP","crv":"Ed448","x":"AA"}"#, #"{"kty":"rsa"}"#, "{}", "1", "null",
        #"{\#(rsa),"use":"enc"}"#, #"{\#(rsa),"use":1}"#, #"{\#(rsa),"alg":"ES256"}"#, #"{\#(rsa),"alg":"RSA-OAEP"}"#,
        #"{\#(rsa),"alg":"none"}"#, #"{\#(rsa),"alg":null}"#, #"{\#(ec),"alg":"RS256"}"#, #"{\#(rsa),"kid":1}"#,
        #"{\#(rsa),"key_ops":["encrypt"]}"#, #"{\#(rsa),"key_ops":"verify"}"#, #"{\#(rsa),"d":"AQAB"}"#,
        #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"\#(Signed.modulus)"}"#,
        #"{"kty":"RSA","n":"\#(Signed.modulus)","e":"AQ"}"#, #"{"kty":"RSA","n":"\#(Signed.modulus)","e":"AQAB="}"#,
        #"{"kty":"RSA","n":"\#(Signed.modulus)","e":65537}"#,
        #"{"kty":"EC","crv":"P-256","x":"\#(Signed.y)","y":"\#(Signed.x)"}"#,
        #"{"kty":"EC","crv":"P-256","x":"\#(Signed.x)"}"#,
        #"{"kty":"EC","crv":"P-384","x":"\#(Signed.x)","y":"\#(Signed.y)"}"#,
        #"{"kty":"EC","crv":"p-256","x":"\#(Signed.x)","y":"\#(Signed.y)"}"#,
    ])
    func `a key that cannot be used is skipped and leaves the others alone`(key: String) throws {
        #expect(try Self.count(key) == 0)
        #expect(try Self.count("{\(Self.rsa)},\(key),{\(Self.ec)}") == 2)
    }

    @Test func `keys of wild sizes are skipped`() throws {
        for bits in [512, 32_768] {
            let modulus = Base64.encodeURL([UInt8](repeating: 0xFF, count: bits / 8)).text
            #expect(try Self.count(#"{"kty":"RSA","n":"\#(modulus)","e":"AQAB"}"#) == 0)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]"#, #"{"keys":[],"keys":[]}"#,
        #"{"keys":[{"kid":"a","kid":"b"}]}"#,
    ])
    func `what is no key set is refused`(document: String) {
        #expect(throws: JWKSError.malformed) {
            try JWKS(parsing: Array(document.utf8), cryptography: TestCryptography())
        }
    }

    @Test func `a hundred keys are taken, one more is refused, and so is a document above 256 KiB`() throws {
        let keys = { (count: Int) in
            #"{"keys":["# + [String](repeating: "{\(Self.rsa)}", count: count).joined(separator: ",") + "]}"
        }
        #expect(try JWKS(parsing: Array(keys(100).utf8), cryptography: TestCryptography()).count == 100)
        #expect(throws: JWKSError.tooManyKeys) {
            try JWKS(parsing: Array(keys(101).utf8), cryptography: TestCryptography())
        }
        let padded = #"{"keys":[]}"# + String(repeating: " ", count: 256 * 1024)
        #expect(throws: JWKSError.malformed) {
            try JWKS(parsing: Array(padded.utf8), cryptography: TestCryptography())
        }
    }
}
