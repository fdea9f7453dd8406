import Session
import Testing

@Suite struct SessionLifetimes {
    @Test(
        arguments: [
            (now: 0, left: 100), (now: 99, left: 1), (now: 100, left: 0), (now: 101, left: 0),
            (now: Int64.max, left: 0),
            (now: -50, left: 150),
        ] as [(now: Int64, left: Int64)]) func `without activity a session ends by its idle limit`(
            _ row: (now: Int64, left: Int64)
        )
    {
        let lifetime = SessionLifetime(idle: 100, absolute: 1000)
        #expect(lifetime.remaining(created: 0, lastSeen: 0, now: row.now) == row.left)
        #expect(lifetime.isOver(created: 0, lastSeen: 0, now: row.now) == (row.left == 0))
    }

    @Test func `activity moves the idle limit, but never the absolute one`() {
        let lifetime = SessionLifetime(idle: 100, absolute: 1000)
        #expect(lifetime.end(created: 0, lastSeen: 850) == 950)
        #expect(lifetime.end(created: 0, lastSeen: 950) == 1000)
        #expect(SessionLifetime(idle: nil, absolute: 1000).end(created: 5, lastSeen: 950) == 1005)
    }

    @Test func `extreme numbers saturate`() {
        let lifetime = SessionLifetime(idle: .max, absolute: .max)
        #expect(lifetime.end(created: 7, lastSeen: 7) == .max)
        #expect(lifetime.remaining(created: 7, lastSeen: 7, now: .min) == 0)
    }

    @Test(
        arguments: [
            (idle: 1800, interval: 60), (idle: 100, interval: 10), (idle: 3, interval: 0), (idle: nil, interval: 60),
        ]
            as [(idle: Int64?, interval: Int64)])
    func `activity is written at most every minute, and often enough for a short idle limit`(
        _ row: (idle: Int64?, interval: Int64)
    ) {
        #expect(SessionLifetime(idle: row.idle, absolute: 1000).writeInterval == row.interval)
    }
}
