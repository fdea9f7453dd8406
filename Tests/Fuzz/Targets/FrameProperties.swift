import Bytes
import Messages

/// The input is what comes out of a socket.
enum FrameProperties {
    static func check(_ input: [UInt8]) throws {
        let whole = try read(input, .none)
        try require(try read(input, .some) == whole, "cuts change nothing")
        var written: [UInt8] = []
        for frame in whole.frames {
            try require(frame.payload.count <= frame.kind.longestPayload, "a payload stays within its limit")
            frame.append(to: &written)
        }
        try require(input.starts(with: written), "frames are written as they were read")
    }

    private struct Outcome: Equatable {
        var frames: [Frame] = []
        var fault: FrameFault?
        var isInsideFrame = false
    }

    private static func read(_ input: [UInt8], _ cuts: Cuts) throws -> Outcome {
        var decoder = FrameDecoder()
        var buffer = ByteBuffer()
        var outcome = Outcome()
        for piece in cuts.pieces(input) {
            buffer.append(contentsOf: piece)
            do throws(FrameFault) {
                while let frame = try decoder.next(from: &buffer) { outcome.frames.append(frame) }
            } catch {
                try checkSilence(&decoder, &buffer, error)
                outcome.fault = error
                return outcome
            }
        }
        outcome.isInsideFrame = decoder.isInsideFrame(buffer)
        return outcome
    }

    private static func checkSilence(
        _ decoder: inout FrameDecoder, _ buffer: inout ByteBuffer, _ fault: FrameFault
    ) throws {
        let count = buffer.count
        var again: FrameFault?
        do throws(FrameFault) { _ = try decoder.next(from: &buffer) } catch { again = error }
        try require(again == fault && buffer.count == count, "a fault stays, and nothing more is read")
    }
}
