import Bytes
import Glibc
import JSON
import Messages
import Platform
import Testing

@testable import RPC

/// Answers `token.redeem` with a token that names the pass.
func token(for pass: Pass) -> RedeemedToken {
    RedeemedToken(
        accessToken: Secret(pass.text), tokenValidMilliseconds: 1, passValidMilliseconds: 2,
        session: SessionTag([UInt8](repeating: 7, count: 16)) ?? tag(0), target: "t", scope: ["a"],
        claims: JSONObject(),
        generation: 3)
}

func tag(_ number: Int) -> SessionTag {
    guard let tag = SessionTag((0..<16).map { UInt8(truncatingIfNeeded: number >> (8 * min($0, 7))) }) else {
        preconditionFailure("16 octets are a tag")
    }
    return tag
}

func pass(_ number: Int) throws -> Pass { try #require(Pass(Decimal.encode(UInt64(number)))) }

let redeeming = Answering<WorkerBroker>(call: { call in
    switch call.request {
    case .tokenRedeem(let redeem): call.reply(.token(token(for: redeem.pass)))
    case .tokenRenew: call.fail(CallError(.passUnknown, "no such pass", retryAfterMilliseconds: 5))
    }
})

@Suite(.timeLimit(.minutes(1))) struct CallTests {
    @Test func `a call is answered with the value of its type`() async throws {
        let pair = try await Pair(redeeming)
        let answer = try await pair.client.call(TokenRedeem(pass: pass(1)))
        #expect(answer == token(for: try pass(1)))
        await pair.stop()
    }

    @Test func `a refusal arrives with its code`() async throws {
        let pair = try await Pair(redeeming)
        let fingerprint = try #require(Digest([UInt8](repeating: 1, count: 32)))
        let expected = RPCError.refused(CallError(.passUnknown, "no such pass", retryAfterMilliseconds: 5))
        await #expect(throws: expected) {
            try await pair.client.call(TokenRenew(pass: pass(1), fingerprint: fingerprint))
        }
        await pair.stop()
    }

    @Test func `a thousand calls at once each get their own answer`() async throws {
        let pair = try await Pair(redeeming)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let answer = try await pair.client.call(TokenRedeem(pass: pass(number)))
                    #expect(answer.accessToken == Secret(try pass(number).text))
                }
            }
            try await group.waitForAll()
        }
        await pair.stop()
    }

    @Test func `a call without an answer in time fails, and the connection goes on`() async throws {
        let isGivenUp = Recorder<Bool>()
        let pair = try await Pair(
            Answering<WorkerBroker>(call: { call in
                guard case .tokenRedeem(let redeem) = call.request else { return }
                if redeem.pass.text == "1" { await isGivenUp.wait(for: 1) }
                call.reply(.token(token(for: redeem.pass)))
            }))
        await #expect(throws: RPCError.timedOut) {
            try await pair.client.call(TokenRedeem(pass: pass(1)), timeout: .milliseconds(20))
        }
        isGivenUp.record(true)
        #expect(try await pair.client.call(TokenRedeem(pass: pass(2))) == token(for: pass(2)))
        #expect(await pair.client.epoch == 1)
        await pair.stop()
    }

    @Test func `a handler that says nothing answers unavailable`() async throws {
        let pair = try await Pair(Answering<WorkerBroker>())
        await #expect(throws: RPCError.refused(CallError(.unavailable, "no answer"))) {
            try await pair.client.call(TokenRedeem(pass: pass(1)))
        }
        await pair.stop()
    }

    @Test func `text that is no UTF-8 is refused before it is sent`() async throws {
        let pair = try await Pair(Answering<EdgeBroker>())
        let handle = try #require(Handle([UInt8](repeating: 1, count: 32)))
        let call = SessionOpen(handle: handle, target: ByteString([0xC3, 0x28]), frontend: "app")
        await #expect(throws: RPCError.invalid(MessageError(.unsendable, "target"))) {
            try await pair.client.call(call)
        }
        await pair.stop()
    }

    @Test func `events and answers arrive in the order in which they were said`() async throws {
        let order = Recorder<Int64>()
        let pair = try await Pair(
            Answering<WorkerBroker>(call: { call in
                guard case .tokenRedeem(let redeem) = call.request else { return }
                call.reply(.token(token(for: redeem.pass)))
            }))
        for sequence in 0..<200 {
            await pair.server.tell(sequence)
            order.record(Int64(sequence))
        }
        await pair.clientEvents.wait { $0.count >= 201 }
        let heard = pair.clientEvents.values.compactMap { event -> Int64? in
            guard case .event(.sessionEnded(_, let sequence)) = event else { return nil }
            return sequence
        }
        #expect(heard == order.values)
        await pair.stop()
    }
}

extension RPCServer where Handler.Socket == WorkerBroker {
    func tell(_ sequence: Int) async {
        try? broadcast(.sessionEnded(sessions: [tag(sequence)], sequence: Int64(sequence)))
    }
}
