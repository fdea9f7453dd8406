import Bytes
import Foundation
import JSON
import OAuth
import Platform

/// A provider's RSA key, made once for all tests by the `openssl` program.
struct SigningKey: Sendable {
    private struct Failure: Error {}

    private let directory: String
    /// Its JWK set.
    let set: JSONValue

    static func shared() throws -> SigningKey { try sharedResult.get() }
    private static let sharedResult = Result { try SigningKey() }

    private init() throws {
        directory = NSTemporaryDirectory() + "cloakroom-key-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        _ = try Self.openssl("genrsa -out key.pem 2048", in: directory)
        let text = try Self.openssl("rsa -in key.pem -noout -modulus", in: directory).split(
            separator: UInt8(ascii: "="))
        guard text.count == 2, let modulus = Hex.decode(ByteString(text[1].filter { $0 != UInt8(ascii: "\n") })) else {
            throw Failure()
        }
        set = [
            "keys": [
                ["kty": "RSA", "kid": "k", "use": "sig", "n": .string(Base64.encodeURL(modulus)), "e": "AQAB"]
            ]
        ]
    }

    /// An ID token of now, signed with RS256.
    func idToken(
        issuer: ByteString, client: ByteString, subject: ByteString, nonce: ByteString,
        more: [(ByteString, JSONValue)] = []
    ) throws -> UnverifiedIDToken {
        UnverifiedIDToken(Secret(try text(issuer: issuer, client: client, subject: subject, nonce: nonce, more: more)))
    }

    func text(
        issuer: ByteString, client: ByteString, subject: ByteString, nonce: ByteString,
        more: [(ByteString, JSONValue)] = []
    ) throws -> ByteString {
        let now = WallClock.now()
        let claims: [(ByteString, JSONValue)] = [
            ("iss", .string(issuer)), ("aud", .string(client)), ("sub", .string(subject)), ("nonce", .string(nonce)),
            ("iat", .integer(now)), ("exp", .integer(now + 300)),
        ]
        let header = Base64.encodeURL(Array(#"{"alg":"RS256","kid":"k"}"#.utf8))
        let message = header + "." + Base64.encodeURL(JSON.write(.object(JSONObject(claims + more))))
        let name = Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255) }).text
        try Data(message.bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
        let signature = try Self.openssl("dgst -sha256 -sign key.pem \(name)", in: directory)
        return message + "." + Base64.encodeURL(signature)
    }

    private static func openssl(_ arguments: String, in directory: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let file = directory + "/" + Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255) }).text
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    }
}
