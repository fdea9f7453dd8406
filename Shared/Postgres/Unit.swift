internal import Platform

/// A unit of work: statements that commit together or not at all, and the caller who waits for their results.
final class Unit {
    typealias Outcome = Result<[Rows], PostgresError>

    let commands: [Command]
    /// When the caller stops waiting.
    let deadline: Instant
    /// When it was sent.
    var sent: Instant?
    private var results: [Rows] = []
    private var failure: PostgresError?
    private var reply: ((Outcome) -> Void)?

    init(_ commands: [Command], deadline: Instant, reply: @escaping (Outcome) -> Void) {
        self.commands = commands
        self.deadline = deadline
        self.reply = reply
    }

    var writes: Bool { commands.contains { $0.statement.effect == .writes } }

    /// Whether the caller has been answered; the unit may still be in the pipeline.
    var isAnswered: Bool { reply == nil }

    func received(_ rows: Rows) { results.append(rows) }

    /// The first failure is the cause; what follows it in the unit is skipped.
    func failed(_ error: PostgresError) {
        if failure == nil { failure = error == .outcomeUnknown ? lost : error }
    }

    /// The server has ended the unit.
    func ended() {
        if let failure { return answer(.failure(failure)) }
        answer(results.count == commands.count ? .success(results) : .failure(lost))
    }

    /// No answer will come, or none in time.
    func abandoned(_ otherwise: PostgresError) { answer(.failure(sent == nil ? otherwise : uncertain(otherwise))) }

    private var lost: PostgresError { uncertain(.unavailable) }

    private func uncertain(_ otherwise: PostgresError) -> PostgresError { writes ? .outcomeUnknown : otherwise }

    private func answer(_ outcome: Outcome) {
        let reply = self.reply
        self.reply = nil
        reply?(outcome)
    }
}

/// A first-in, first-out queue.
struct Queue<Element> {
    private var storage: [Element?] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : storage[head] }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = storage[head]
        storage[head] = nil
        head += 1
        if head == storage.count || head > 256 { compact() }
        return element
    }

    mutating func removeAll(where condition: (Element) -> Bool) {
        compact()
        storage.removeAll { $0.map(condition) ?? true }
    }

    func forEach(_ body: (Element) -> Void) { for case let element? in storage { body(element) } }

    private mutating func compact() {
        storage.removeFirst(head)
        head = 0
    }
}
