import Bytes
import Messages

/// A machine with a peer that sends anything: the input says which frames come and what this side does in between.
enum LinkProperties {
    static func check(_ input: [UInt8]) throws {
        var choices = Choices(input)
        let first = choices.octet()
        var subject = Subject(role: first & 1 == 0 ? .server : .client, limit: first & 2 == 0 ? 3 : 64)
        while !choices.isEmpty {
            do throws(FrameFault) {
                try subject.step(&choices)
            } catch {
                break
            }
            try subject.checkBounds()
        }
        try subject.checkOutput()
    }

    static let head = Array("{}".utf8)
    static let sizes = [0, 1, 2, 100, 8192, 16_384, 70_000]
    static let reasons = Abort.Reason.allCases
}

/// The machine, and what is known of it from outside.
private struct Subject {
    private var machine: LinkMachine
    private let role: LinkMachine.Role
    private let limit: Int
    private var output: [UInt8] = []
    /// Octets of body that came on a stream and were not taken.
    private var unread: [UInt32: Int] = [:]
    /// Octets of body that this side may send.
    private var credit: [UInt32: Int] = [:]

    init(role: LinkMachine.Role, limit: Int) {
        self.role = role
        self.limit = limit
        machine = LinkMachine(role: role, streamLimit: limit)
    }

    mutating func step(_ choices: inout Choices) throws(FrameFault) {
        let choice = choices.octet()
        let stream = UInt32(choice >> 5)
        switch choice & 15 {
        case 0, 1, 2, 3, 4, 5: try receive(stream, &choices)
        case 6: _ = try machine.open(head: LinkProperties.head, end: choice & 16 != 0)
        case 7: try machine.send(head: LinkProperties.head, on: stream, end: choice & 16 != 0)
        case 8, 9:
            let size = LinkProperties.sizes[Int(choices.octet()) % LinkProperties.sizes.count]
            let body = [UInt8](repeating: 1, count: size)
            if machine.mayWrite(stream) { machine.send(body: body[...], on: stream, end: choice & 16 != 0) }
        case 10: machine.finish(stream)
        case 11: try machine.abort(stream, Abort(LinkProperties.reasons[Int(choice >> 4) % 5]))
        case 12, 13: try take(stream)
        case 14: try machine.release(stream)
        default: try fill(room: choice & 16 == 0 ? 20_000 : 1 << 20)
        }
    }

    private mutating func receive(_ stream: UInt32, _ choices: inout Choices) throws(FrameFault) {
        let choice = choices.octet()
        let kind = FrameKind.allCases[Int(choice & 7) % FrameKind.allCases.count]
        let size = LinkProperties.sizes[Int(choice >> 3 & 7) % LinkProperties.sizes.count]
        let flags = FrameFlags(rawValue: choice >> 6)
        let payload: [UInt8] =
            switch kind {
            case .message, .head: LinkProperties.head
            case .body: [UInt8](repeating: 2, count: size)
            case .credit: [0, choices.octet() & 7, choices.octet(), 0]
            case .abort: choices.octets(Int(choice >> 3 & 7) * 4)
            }
        var bytes: [UInt8] = []
        Frame(kind, stream: kind == .message ? 0 : stream, payload: payload, flags: flags).append(to: &bytes)
        var buffer = ByteBuffer(bytes)
        var decoder = FrameDecoder()
        guard let frame = try decoder.next(from: &buffer) else { return }
        let event = try machine.receive(frame)
        note(frame, event)
    }

    private mutating func note(_ frame: Frame, _ event: LinkMachine.Event) {
        switch event {
        case .opened(let stream): credit[stream, default: 0] += frame.flags.contains(.wide) ? 64 << 10 : 16 << 10
        case .readable(let stream) where frame.kind == .body: unread[stream, default: 0] += frame.payload.count
        default: break
        }
        if frame.kind == .credit { credit[frame.stream, default: 0] += frame.payload.reduce(0) { $0 << 8 | Int($1) } }
    }

    private mutating func take(_ stream: UInt32) throws(FrameFault) {
        if case .body(let body) = try machine.take(stream) { unread[stream, default: 0] -= body.count }
    }

    private mutating func fill(room: Int) throws(FrameFault) {
        try machine.fill(&output, room: room) { _ in }
    }

    func checkBounds() throws {
        try require(0...limit ~= machine.live, "streams are counted, and bounded")
        for (stream, count) in unread {
            try require(0...(256 << 10) ~= count, "stream \(stream) keeps a window at most")
        }
    }

    /// What left is frames that a machine may send, and no body beyond credit.
    mutating func checkOutput() throws {
        try? fill(room: 1 << 22)
        var buffer = ByteBuffer(output)
        var decoder = FrameDecoder()
        var sent: [UInt32: Int] = [:]
        while let frame = try decoder.next(from: &buffer) {
            if frame.kind == .body { sent[frame.stream, default: 0] += frame.payload.count }
            if role == .client, frame.kind == .head { credit[frame.stream, default: 0] += 16 << 10 }
        }
        try require(buffer.isEmpty, "no frame is cut")
        for (stream, count) in sent {
            try require(count <= credit[stream, default: 0], "stream \(stream) keeps to its credit")
        }
    }
}
