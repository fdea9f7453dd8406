internal import Bytes
internal import Messages
internal import Platform

/// What a pass stands for. Only the broker can read or make one.
struct PassContents: Equatable, Sendable {
    /// The session's internal id.
    var session: [UInt8]
    var target: ByteString
    /// When it ends, on this host's monotonic clock.
    var expiry: Instant
}

/// Makes and reads passes: sealed values, so that they survive a restart of the broker and need no memory in it.
/// The clock is the host's monotonic one, which all processes of a unit share.
struct PassBox: Sendable {
    /// The longest life of a pass.
    static let longestLife: Duration = .seconds(30)

    private static let context = SealContext(table: "pass", column: "pass", row: [])

    let sealer: Sealer

    /// A pass for these contents; nil only when the target's name is too long for one.
    func make(_ contents: PassContents) -> Pass? {
        var plain = (0..<8).reversed().map { UInt8(truncatingIfNeeded: contents.expiry.nanoseconds >> ($0 * 8)) }
        plain.append(UInt8(truncatingIfNeeded: contents.session.count))
        plain += contents.session + contents.target.bytes
        return Pass(Base64.encodeURL(sealer.seal(plain, Self.context)))
    }

    /// What a pass stands for; nil when it is not ours, was changed, or is over at `now`. One that would last longer
    /// than any pass does is of another clock: of another host with the same keys, or from before a restart of this one.
    func open(_ pass: Pass, now: Instant) -> PassContents? {
        guard let sealed = Base64.decodeURL(pass.text), let plain = try? sealer.open(sealed, Self.context),
            let contents = Self.decode(plain.reveal()), contents.expiry > now,
            contents.expiry <= now + Self.longestLife
        else { return nil }
        return contents
    }

    private static func decode(_ plain: [UInt8]) -> PassContents? {
        guard plain.count >= 9, plain.count >= 9 + Int(plain[8]) else { return nil }
        let sessionEnd = 9 + Int(plain[8])
        return PassContents(
            session: Array(plain[9..<sessionEnd]), target: ByteString(plain[sessionEnd...]),
            expiry: Instant(nanoseconds: plain.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }))
    }
}
