internal import Bytes
internal import Messages
internal import Operations
internal import Platform
internal import Postgres

/// Knows which sessions have ended, here and at other brokers, and tells edges and workers within a second.
///
/// It reads the ends from the database every 200 ms, and at once when a notification says that there is something to
/// read. Each reading proves that everything committed before it has been heard; subscribers are told how old the
/// proof is.
actor EndHub {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    typealias Subscriber = @Sendable (BrokerEvent) -> Void

    private let store: EndStore
    private let bell: Bell
    private let log: Log
    private var ledger = EndLedger()
    private var cursor: EndCursor?
    private var subscribers: [Subscriber] = []
    private var isAnnouncing = false
    private var isReading = true

    static let interval: Duration = .milliseconds(200)
    /// Ends of this long are announced together.
    static let batch: Duration = .milliseconds(20)
    /// What subscribers are told while nothing is proven, in milliseconds: more than any of them accepts.
    static let unproven: Int64 = 3_600_000

    /// `bell` rings when other brokers announce ends.
    init(_ loop: Loop, store: EndStore, bell: Bell, log: Log) {
        self.loop = loop
        self.store = store
        self.bell = bell
        self.log = log
    }

    /// Hears of every end, in order, on the loop.
    func subscribe(_ subscriber: @escaping Subscriber) { subscribers.append(subscriber) }

    // MARK: Replies

    func mark() -> EndLedger.Mark { ledger.mark() }

    /// Whether a reply about this session, read since the mark, is stale.
    func ended(_ session: SessionTag, since mark: EndLedger.Mark) -> Bool { ledger.ended(session, since: mark) }

    // MARK: Ends of this broker

    /// A session has ended here, and that is committed: tells this unit now and the others soon.
    func ended(_ session: EndedSession) {
        hear([SessionEndNote(session: session.id, sequence: session.sequence, reason: .empty)])
        guard !isAnnouncing else { return }
        isAnnouncing = true
        Task(executorPreference: loop) { await self.announce() }
    }

    private func announce() async {
        await loop.sleep(Self.batch)
        isAnnouncing = false
        do throws(PostgresError) { try await store.announce() } catch {
            // The others look by themselves in a moment.
            log.warning("announcement_failed") { $0.add("reason", "\(error)") }
        }
    }

    // MARK: Ends of others

    /// Reads what has ended again and again, until `stop()`.
    func run() async {
        while isReading {
            await look()
            await bell.sleep(atMost: Self.interval)
        }
    }

    func stop() { isReading = false }

    private func look() async {
        let began = loop.now
        do throws(PostgresError) {
            // A broker that has just started has told nobody anything that could have ended.
            let from: EndCursor
            if let cursor { from = cursor } else { from = try await store.now() }
            var page = try await store.since(from)
            let next = page.next
            hear(page.ends)
            while let rest = page.rest {
                page = try await store.since(rest)
                hear(page.ends)
            }
            cursor = next
            ledger.proven(sentAt: began)
        } catch {
            log.warning("ends_unreadable") { $0.add("reason", "\(error)") }
        }
        let age = ledger.proofAge(now: loop.now).map(\.milliseconds) ?? Self.unproven
        tell(.heartbeat(proofAgeMilliseconds: age))
    }

    private func hear(_ notes: [SessionEndNote]) {
        let news = notes.filter { !ledger.knows($0.session) }
        guard let last = news.last else { return }
        ledger.heard(news.map(\.session), now: loop.now)
        tell(.sessionEnded(sessions: news.map(\.session), sequence: last.sequence))
    }

    private func tell(_ event: BrokerEvent) { for subscriber in subscribers { subscriber(event) } }
}
