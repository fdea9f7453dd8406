/// The numbers of flow control, in octets of body.
public enum Window {
    /// What a stream may send in each direction before it hears of more.
    public static let initial = 64 << 10
    /// What a stream's window grows to while its reader keeps up.
    public static let largest = 256 << 10
    /// What all streams together may have under way in one direction.
    public static let connection = 16 << 20
    /// What each direction of a stream may send outside the connection's window, so that small bodies pass even when
    /// readers that stopped reading hold all of it.
    public static let express = 16 << 10
}

/// The sender's side of a window.
struct SendCredit: Sendable, Hashable {
    private(set) var available: Int
    private let limit: Int

    init(initial: Int, limit: Int) {
        available = initial
        self.limit = limit
    }

    mutating func spend(_ count: Int) { available -= count }

    /// More than the window can be has not been spent before: someone counts wrongly.
    mutating func grant(_ count: Int) throws(FrameFault) {
        guard count > 0, count <= limit - available else { throw .creditExceeded }
        available += count
    }
}

/// The receiver's side of one stream's window.
struct ReceiveWindow: Sendable, Hashable {
    private(set) var size = Window.initial
    /// What the peer may still send.
    private(set) var available = Window.initial
    /// Consumed, but not granted again yet.
    private(set) var owed = 0

    mutating func receive(_ count: Int) throws(FrameFault) {
        guard count <= available else { throw .creditExceeded }
        available -= count
    }

    /// Octets have left for whoever reads; answers how much to grant now: nothing, or at least half a window, and the
    /// window doubles when the reader has kept up and there is room.
    mutating func consume(_ count: Int, mayGrow: Bool) -> Int? {
        owed += count
        guard owed >= size / 2 else { return nil }
        var grant = owed
        if mayGrow, size < Window.largest, available + owed == size {
            grant += size
            size *= 2
        }
        available += grant
        owed = 0
        return grant
    }
}

/// The receiver's side of the connection's window.
struct ConnectionWindow: Sendable, Hashable {
    /// Received and neither consumed nor dropped yet.
    private(set) var held = 0
    /// Consumed, but not granted again yet.
    private(set) var owed = 0

    /// Below this much held, streams may grow their windows.
    private static let roomy = Window.connection / 2
    private static let batch = 256 << 10
    /// Below this much available, nothing is kept back for a batch.
    private static let scarce = 1 << 20

    var isRoomy: Bool { held < Self.roomy }

    mutating func receive(_ count: Int) throws(FrameFault) {
        guard count <= Window.connection - held - owed else { throw .creditExceeded }
        held += count
    }

    mutating func consume(_ count: Int) {
        held -= count
        owed += count
    }

    /// How much to grant now: batched while there is plenty, at once when it is scarce.
    mutating func grant() -> Int? {
        guard owed >= Self.batch || (owed > 0 && Window.connection - held - owed < Self.scarce) else { return nil }
        defer { owed = 0 }
        return owed
    }
}
