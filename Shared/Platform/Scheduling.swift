internal import CPlatform

/// How the kernel shares the cores among threads.
public enum Scheduling {
    /// Whoever wakes this thread, or one that it starts later, goes on until it waits itself. Services that talk to each
    /// other on one core then hand over batches instead of single messages. Call it before there is another thread.
    public static func runInBatches() { cloakroom_run_in_batches() }
}
