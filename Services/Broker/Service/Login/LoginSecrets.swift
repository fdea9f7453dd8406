internal import Bytes
internal import JSON

/// What a login remembers in secret between sending the browser away and its return.
struct LoginSecrets {
    var nonce: ByteString
    var verifier: Secret
    /// The `max_age` that was asked for, in seconds.
    var maximumAge: Int64?

    init(nonce: ByteString, verifier: Secret, maximumAge: Int64?) {
        self.nonce = nonce
        self.verifier = verifier
        self.maximumAge = maximumAge
    }

    func encoded() -> [UInt8] {
        JSON.write([
            "nonce": .string(nonce), "verifier": .string(ByteString(verifier.reveal())),
            "max_age": maximumAge.map { .integer($0) } ?? .null,
        ])
    }

    /// Nil for anything else than what `encoded()` writes.
    init?(encoded: Secret) {
        guard let value = try? JSON.parse(encoded.reveal()), let nonce = value["nonce"]?.string,
            let verifier = value["verifier"]?.string
        else { return nil }
        self.init(nonce: nonce, verifier: Secret(verifier), maximumAge: value["max_age"]?.integer)
    }
}
