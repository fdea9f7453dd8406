/// Which worker serves a session: rendezvous hashing (every session ranks the workers in its own order, and takes the
/// first), bounded by load. Pure.
enum WorkerChoice {
    /// The place of the worker for a session, nil when there is none. Of each worker seed and exchanges under way are
    /// given.
    static func place(_ session: UInt64, _ workers: [(seed: UInt64, load: Int)]) -> Int? {
        guard !workers.isEmpty else { return nil }
        let limit = bound(workers.map(\.load))
        return workers.indices.filter { workers[$0].load <= limit }.max { left, right in
            score(session, workers[left].seed) < score(session, workers[right].seed)
        }
    }

    /// A quarter more than the mean, and some to begin with.
    private static func bound(_ loads: [Int]) -> Int {
        let mean = loads.reduce(0, +) / loads.count
        return mean + mean / 4 + 16
    }

    private static func score(_ session: UInt64, _ seed: UInt64) -> UInt64 { mix(session ^ seed) }

    /// The seed of a name (FNV-1a).
    static func seed(_ name: String) -> UInt64 {
        mix(name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 })
    }

    /// The finaliser of SplitMix64: every bit of the input changes half of the output's.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
