internal import CPlatform

/// The memory of the process that is free.
public enum Heap {
    /// Keeps a few MiB of it. Otherwise the C library gives back every larger buffer when it is freed, and gets it again
    /// for the next message: a page fault for each 4 KiB. Call it before there is another thread.
    public static func keepReserve() { cloakroom_keep_heap_reserve() }
}
