import Glibc
public import Platform
import Synchronization

/// The service's log: one JSON object a line, with UTC time, level, service, event and fields.
///
/// Lines are kept until the end of the turn of the loop that logs and written without waiting. If the reader does not
/// keep up, lines are dropped, and the event `log_lines_dropped` says how many as soon as it reads again. Every thread
/// may log. Before the log is attached to loops, lines are written at once.
public final class Log: Sendable {
    private let service: String
    private let minimum: LogLevel
    private let clock: @Sendable () -> Int64
    private let output: LogOutput
    private let state: Mutex<State>

    private struct State {
        var buffer: LogBuffer
        var loops: [Loop] = []
        /// Whether a loop has been asked to call at the end of its turn.
        var isFlushDue = false
    }

    /// A log that makes no lines below `level`. The lines go to `descriptor`, which stays the caller's; `capacity`
    /// octets may wait for the reader; `clock` tells the microseconds since 1970.
    public init(
        service: String, level: LogLevel = .info, descriptor: Int32 = 1, capacity: Int = 1 << 20,
        clock: @escaping @Sendable () -> Int64 = { WallClock.microseconds() }
    ) {
        self.service = service
        self.minimum = level
        self.clock = clock
        output = LogOutput(descriptor)
        state = Mutex(State(buffer: LogBuffer(capacity: capacity)))
    }

    public func debug(_ event: StaticString, _ fields: (inout LogLine) -> Void = { _ in }) {
        write(.debug, event, fields)
    }

    public func info(_ event: StaticString, _ fields: (inout LogLine) -> Void = { _ in }) {
        write(.info, event, fields)
    }

    public func warning(_ event: StaticString, _ fields: (inout LogLine) -> Void = { _ in }) {
        write(.warning, event, fields)
    }

    public func error(_ event: StaticString, _ fields: (inout LogLine) -> Void = { _ in }) {
        write(.error, event, fields)
    }

    /// Writes a line of a level that is known only now.
    public func write(_ level: LogLevel, _ event: StaticString, _ fields: (inout LogLine) -> Void = { _ in }) {
        guard level >= minimum else { return }
        var line = LogLine(level, service: service, event: event, microseconds: clock())
        fields(&line)
        let bytes = line.finished()
        let loop = state.withLock { state -> Loop? in
            state.buffer.append(bytes)
            return requestFlush(&state)
        }
        if let loop { callAtEndOfTurn(of: loop) }
    }

    /// Whether lines of a level are made at all.
    public func includes(_ level: LogLevel) -> Bool { level >= minimum }

    /// Lines dropped since the start.
    public var droppedLines: UInt64 { state.withLock { $0.buffer.dropped } }

    /// From now on lines leave at the end of the turns of these loops; the first one watches for the reader. On the
    /// thread of the first.
    public func attach(to loops: [Loop]) {
        state.withLock { $0.loops = loops }
        // Nothing to watch for where writing never waits, such as a file, which epoll refuses.
        if let first = loops.first {
            _ = try? Watch(first, descriptor: output.number) { [weak self] _ in self?.endOfTurn() }
        }
    }

    /// Leaves the loops and writes what is left, waiting for the reader at most a second. For the end of a process.
    public func finish() {
        state.withLock { state in
            state.loops = []
            drain(&state)
            if !state.buffer.isEmpty {
                output.waitUntilWritable(milliseconds: 1000)
                drain(&state)
            }
        }
    }

    /// The loop to be told, if none has been told that has not called yet: the one that logs.
    private func requestFlush(_ state: inout State) -> Loop? {
        guard let first = state.loops.first else {
            drain(&state)
            return nil
        }
        guard !state.isFlushDue else { return nil }
        state.isFlushDue = true
        return state.loops.first { $0.isCurrent } ?? first
    }

    private func callAtEndOfTurn(of loop: Loop) {
        if loop.isCurrent { loop.atEndOfTurn(self) } else { loop.perform { self.endOfTurn() } }
    }

    private func drain(_ state: inout State) {
        while !state.buffer.isEmpty {
            switch output.write(state.buffer.next()) {
            case .wrote(let octets): state.buffer.wrote(octets)
            case .wouldWait: return
            case .broken: return state.buffer.discard()
            }
            if state.buffer.mayReport { report(&state.buffer) }
        }
    }

    private func report(_ buffer: inout LogBuffer) {
        var line = LogLine(.warning, service: service, event: "log_lines_dropped", microseconds: clock())
        line.add("count", buffer.unreported)
        buffer.appendReport(line.finished())
    }
}

extension Log: EndOfTurn {
    /// Writes what the reader takes.
    public func endOfTurn() {
        state.withLock { state in
            state.isFlushDue = false
            drain(&state)
        }
    }
}
