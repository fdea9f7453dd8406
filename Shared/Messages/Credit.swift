/// The numbers of flow control, in octets of body. They bound what a receiver may have to keep.
///
/// Every stream has a small window of its own that no other can take from it, so a reader that stopped holds up
/// nobody. Everything beyond that comes out of a pool of the connection, as long as there is some.
public enum Window {
    /// What a stream may always send before it hears of credit.
    public static let small = 16 << 10
    /// What it may send when the head that opened it says so, and the first that a window grows to.
    public static let wide = 64 << 10
    /// What a window grows to while its reader keeps up.
    public static let largest = 256 << 10
    /// What all windows of a connection may have beyond the small one, in one direction.
    public static let pool = 16 << 20
}

/// The sender's side of one stream's window.
struct SendCredit: Sendable, Hashable {
    private(set) var available: Int

    mutating func spend(_ count: Int) { available -= count }

    /// More than a window can be has not been spent before: someone counts wrongly.
    mutating func grant(_ count: Int) throws(FrameFault) {
        guard count > 0, count <= Window.largest - available else { throw .creditExceeded }
        available += count
    }
}

/// What the windows of a connection have beyond the small ones (receiver).
struct CreditPool: Sendable, Hashable {
    private(set) var reserved = 0

    /// Takes all that is asked for, or nothing.
    mutating func reserve(_ count: Int) -> Bool {
        guard count <= Window.pool - reserved else { return false }
        reserved += count
        return true
    }

    mutating func release(_ count: Int) { reserved -= count }
}

/// The receiver's side of one stream's window.
struct ReceiveWindow: Sendable, Hashable {
    private(set) var size: Int
    /// What the peer may still send.
    private(set) var available: Int
    /// Consumed, but not granted again yet.
    private(set) var owed = 0

    init(size: Int) {
        self.size = size
        available = size
    }

    /// What it has from the pool.
    var reserved: Int { size - Window.small }

    mutating func receive(_ count: Int) throws(FrameFault) {
        guard count <= available else { throw .creditExceeded }
        available -= count
    }

    /// Octets have left for whoever reads; answers how much to grant now: nothing, or at least half a window. The
    /// window grows when the reader has kept up and the pool gives.
    mutating func consume(_ count: Int, from pool: inout CreditPool) -> Int? {
        owed += count
        guard owed >= size / 2 else { return nil }
        var grant = owed
        let larger = min(max(size * 2, Window.wide), Window.largest)
        if available + owed == size, larger > size, pool.reserve(larger - size) {
            grant += larger - size
            size = larger
        }
        available += grant
        owed = 0
        return grant
    }
}
