internal import Platform

/// How long to wait before the next attempt to connect: doubling from 10 ms to 1 s, each time half of it at random, so
/// that many clients do not come back in step.
struct Backoff {
    static let first = 10
    static let longest = 1000

    private var milliseconds = first

    mutating func next(_ generator: inout some RandomNumberGenerator) -> Duration {
        defer { milliseconds = min(milliseconds * 2, Self.longest) }
        return .milliseconds(Int.random(in: milliseconds / 2...milliseconds, using: &generator))
    }

    mutating func reset() { milliseconds = Self.first }
}
