/// How long to wait before the next attempt to connect: doubling, with jitter so that many clients spread out.
public struct Backoff: Sendable {
    public var first: Duration = .milliseconds(50)
    public var longest: Duration = .seconds(5)

    public init() {}

    /// The wait after so many failures in a row; `random` is between 0 and 1.
    public func delay(failures: Int, random: Double) -> Duration {
        let doubled = first * (1 << min(max(failures - 1, 0), 20))
        return min(doubled, longest) * (0.5 + min(max(random, 0), 1) / 2)
    }
}
