internal import Messages
internal import Platform

/// The tokens at hand by pass, and which sessions ended lately. Pure: the time is a parameter.
struct TokenTable {
    private let capacity: Int
    private var tokens: [Pass: HeldToken] = [:]
    private var passes: [SessionTag: Set<Pass>] = [:]
    /// Sessions that ended lately, so that an answer under way does not bring one back.
    private var ended: [SessionTag: Instant] = [:]
    /// Grows when everything was forgotten: what was asked for before is out of date.
    private(set) var epoch: UInt64 = 0

    /// How long an end is remembered: longer than any answer is under way.
    private static let memory: Duration = .seconds(60)

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { tokens.count }
    var isEmpty: Bool { tokens.isEmpty && ended.isEmpty }

    func token(_ pass: Pass, now: Instant) -> HeldToken? {
        guard let token = tokens[pass], now < token.expiry else { return nil }
        return token
    }

    /// Keeps a token. False, and nothing is kept, when its session has ended meanwhile. A full table keeps nothing new,
    /// and neither does one that forgot everything since `epoch`: the token can still be used once.
    mutating func keep(_ token: HeldToken, _ pass: Pass, epoch: UInt64) -> Bool {
        guard ended[token.session] == nil else { return false }
        forget(pass)
        guard epoch == self.epoch, tokens.count < capacity else { return true }
        tokens[pass] = token
        passes[token.session, default: []].insert(pass)
        return true
    }

    mutating func end(_ session: SessionTag, now: Instant) {
        ended[session] = now + Self.memory
        for pass in passes.removeValue(forKey: session) ?? [] { tokens[pass] = nil }
    }

    /// Forgets the tokens, but not what has ended.
    mutating func forgetAll() {
        tokens = [:]
        passes = [:]
        epoch += 1
    }

    /// Drops what is over.
    mutating func sweep(now: Instant) {
        for (pass, token) in tokens where token.expiry <= now { forget(pass) }
        ended = ended.filter { now < $0.value }
    }

    private mutating func forget(_ pass: Pass) {
        guard let session = tokens.removeValue(forKey: pass)?.session else { return }
        passes[session]?.remove(pass)
        if passes[session]?.isEmpty == true { passes[session] = nil }
    }
}
