internal import Bytes
internal import JSON
internal import Messages
internal import Platform

/// What clients say.
extension RPCServer {
    func received(_ envelope: Envelope, _ number: UInt64, _ link: RPCLink) throws(RPCFault) {
        guard case .call(let id, let method, let parameters) = envelope else {
            throw .messageFault(MessageError(.malformed))
        }
        guard let peer = links[number]?.peer else {
            guard method == Hello.method, id == 0 else { throw .messageFault(MessageError(.unknownMethod, method)) }
            return try greet(parameters, number, link)
        }
        let request: Socket.Request
        do throws(MessageError) { request = try Socket.Request(method: method, parameters: parameters) } catch {
            throw .messageFault(error)
        }
        try start(RPCCall(request: request, peer: peer, link: link, id: id), number)
    }

    private func greet(_ parameters: JSONValue, _ number: UInt64, _ link: RPCLink) throws(RPCFault) {
        let theirs: Hello
        let ours: JSONValue
        do throws(MessageError) {
            theirs = try Hello(json: parameters)
            ours = try hello.json()
        } catch { throw .messageFault(error) }
        guard theirs.service == Socket.client, hello.commonMinor(with: theirs) != nil else {
            return link.refuse(CallError(.versionUnsupported, "another version or service"))
        }
        introduce(number, theirs)
        link.becomeReady()
        link.say(.result(id: 0, ours))
    }

    private func start(_ call: RPCCall<Socket>, _ number: UInt64) throws(RPCFault) {
        let link = call.link
        guard link.pending.count < Int(hello.calls), link.pending.insert(call.id).inserted else {
            throw .protocolFault(.tooMany)
        }
        link.running += 1
        guard !isDraining else { return finish(call) }
        guard let connection = links[number] else { return }
        guard mayServe(connection) else {
            connection.waiting.append { [unowned self] in self.serve(call, number) }
            waitingCalls += 1
            return
        }
        serve(call, number)
    }

    private func serve(_ call: RPCCall<Socket>, _ number: UInt64) {
        links[number]?.served += 1
        let handler = handler
        Task(executorPreference: loop) {
            await handler.handle(call)
            call.finish()
            await self.hasServed(number)
        }
    }

    private func hasServed(_ number: UInt64) {
        links[number]?.served -= 1
        guard waitingCalls > 0 else { return }
        for connection in links.values where !connection.waiting.isEmpty && mayServe(connection) {
            waitingCalls -= 1
            connection.waiting.removeFirst()()
        }
    }

    private func finish(_ call: RPCCall<Socket>) { call.finish() }

    func opened(_ number: UInt32, _ connection: UInt64, _ link: RPCLink) {
        guard let served = links[connection], let peer = served.peer else { return }
        // Streams that were aborted may still be served; a client that opens and aborts does not get ahead of that.
        let stream = link.stream(number)
        guard mayServe(served), link.begin(limit: 2 * Int(hello.streams)) else {
            return stream.abort(Abort(.notSent, .busy))
        }
        served.served += 1
        let opened = OpenedStream(stream: stream, peer: peer)
        if let idle = idleServers.popLast() { return idle.resume(returning: opened) }
        openedStreams.append(opened)
        Task(executorPreference: loop) { await self.serveStreams() }
    }

    /// Serves one stream after the other: to wake a task costs less than to start one. The stream is held nowhere but in
    /// `serveNext`, because letting go of it ends it.
    private func serveStreams() async { while await serveNext() {} }

    private func serveNext() async -> Bool {
        guard let opened = await nextStream() else { return false }
        let link = opened.stream.link
        await handler.handle(opened.stream, from: opened.peer)
        link.end()
        hasServed(opened.peer.connection)
        return true
    }

    private func nextStream() async -> OpenedStream? {
        if let opened = openedStreams.popLast() { return opened }
        guard idleServers.count < Self.idleLimit, !isDraining else { return nil }
        return await Waiter.wait { idleServers.append($0) }
    }

    /// Lets the idle ones go.
    func dismissIdleServers() {
        let idle = idleServers
        idleServers = []
        for waiter in idle { waiter.resume(returning: nil) }
    }
}

/// A stream that waits to be served.
struct OpenedStream: Sendable {
    let stream: RPCStream
    let peer: RPCPeer
}

extension RPCCall {
    /// The handler is done: whoever has no answer yet gets one.
    func finish() {
        fail(CallError(.unavailable, "no answer"))
        onLoop(link) { $0.end() }
    }
}

/// The server's side of a connection.
extension RPCLink {
    /// Answers a call that has no answer yet.
    func answer(_ id: Int64, _ envelope: Envelope) {
        guard pending.remove(id) != nil else { return }
        say(envelope)
    }

    func say(_ envelope: Envelope) { say(envelope.encoded()) }

    func say(_ payload: [UInt8]) { attempt { machine throws(FrameFault) in try machine.send(message: payload) } }

    /// Says no to the hello, and closes once that has left.
    func refuse(_ error: CallError) {
        say(.failure(id: 0, error))
        drain()
    }

    func begin(limit: Int) -> Bool {
        guard running < limit else { return false }
        running += 1
        return true
    }

    func end() {
        running -= 1
        checkDrained()
    }
}
