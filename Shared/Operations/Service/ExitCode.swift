import Synchronization

/// A program's exit code on its way from the loop's tasks to `main`.
final class ExitCode: Sendable {
    private let code = Atomic<Int32>(0)

    var value: Int32 {
        get { code.load(ordering: .relaxed) }
        set { code.store(newValue, ordering: .relaxed) }
    }
}
