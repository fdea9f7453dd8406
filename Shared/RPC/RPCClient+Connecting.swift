internal import Bytes
internal import JSON
internal import Messages
internal import Platform

/// Connecting, and what comes in.
extension RPCClient {
    /// Connects, and connects again, until `close()`. Start it as a task of the loop.
    public func run() async {
        var generator = SystemRandomNumberGenerator()
        while !isClosed {
            do throws(RPCFault) {
                try connect()
                await Waiter<Void>.wait { waiter in
                    if connecting == nil, current == nil { waiter.resume() } else { untilGone = waiter }
                }
            } catch {
                told(.connectFailed(error))
            }
            if !isClosed { await loop.sleep(backoff.next(&generator)) }
        }
    }

    /// Ends the connection and the attempts to make one.
    public func close() async {
        isClosed = true
        (current ?? connecting)?.close(.closed)
        wakeQueue(queue.count)
    }

    /// Begins nothing more; what is under way is finished.
    public func retire() async {
        isClosed = true
        current?.drain()
        connecting?.close(.closed)
        lost(.closed, epoch)
        wakeQueue(queue.count)
    }

    private func connect() throws(RPCFault) {
        let link: RPCLink
        do throws(SystemError) { link = try makeLink() } catch { throw .unreachable(error.description) }
        guard link.peerUID == server else {
            defer { link.close(.closed) }
            throw .foreignPeer(uid: link.peerUID)
        }
        epoch += 1
        connecting = link
        greet(link)
        Task(executorPreference: loop) { await link.run() }
    }

    private func makeLink() throws(SystemError) -> RPCLink {
        let machine = LinkMachine(role: .client, streamLimit: 0)
        let descriptor = try Sockets.connect(.unix(path))
        return try RPCLink(loop, adopting: descriptor, machine: machine, handlers: handlers(epoch + 1))
    }

    private func greet(_ link: RPCLink) {
        guard let hello = try? Hello(service: Socket.client, build: build).json() else { return }
        link.say(.call(id: 0, method: Hello.method, parameters: hello))
    }

    /// The server's hello has come: the connection is one.
    private func greeted(_ json: JSONValue, _ link: RPCLink) throws(RPCFault) {
        let theirs: Hello
        do throws(MessageError) { theirs = try Hello(json: json) } catch { throw .messageFault(error) }
        let ours = Hello(service: Socket.client, build: build)
        guard theirs.service == Socket.server, ours.commonMinor(with: theirs) != nil else { throw .versionUnsupported }
        link.start(streams: Int(theirs.streams), calls: Int(theirs.calls))
        connecting = nil
        current = link
        backoff.reset()
        told(.connected(RPCPeer(connection: epoch, uid: server, service: theirs.service, build: theirs.build)))
        wakeQueue(queue.count)
    }

    private func handlers(_ epoch: UInt64) -> RPCLink.Handlers {
        RPCLink.Handlers(
            message: { [weak self] link, envelope throws(RPCFault) in
                guard let self else { return }
                let result = self.assumeIsolated { client in
                    Result { () throws(RPCFault) in try client.received(envelope, link, epoch) }
                }
                try result.get()
            },
            opened: { _, _ in },
            vacant: { [weak self] link in
                let room = max(1, link.machine.streamLimit - link.machine.live)
                self?.assumeIsolated { $0.wakeQueue(room) }
            },
            closed: { [weak self] link, fault in self?.assumeIsolated { $0.lost(fault, epoch) } })
    }

    private func received(_ envelope: Envelope, _ link: RPCLink, _ epoch: UInt64) throws(RPCFault) {
        switch envelope {
        case .result(0, let hello) where link === connecting: try greeted(hello, link)
        case .failure(0, let error) where link === connecting:
            throw error.code == .versionUnsupported ? .versionUnsupported : .closedByPeer
        case .result(let id, let value): try answered(link, id, .success(value))
        case .failure(let id, let error): try answered(link, id, .failure(.refused(error)))
        case .event(Hello.drainMethod, _):
            link.drain()
            lost(.closedByPeer, epoch)
        case .event(let method, let parameters):
            do throws(MessageError) {
                told(.event(try Socket.Event(method: method, parameters: parameters)))
            } catch { throw .messageFault(error) }
        case .call: throw .messageFault(MessageError(.malformed))
        }
    }

    private func answered(
        _ link: RPCLink, _ id: Int64, _ result: Result<JSONValue, RPCError>
    ) throws(RPCFault) {
        try link.answered(id, result)
    }

    /// The connection is over, or takes nothing new any more: make another.
    func lost(_ fault: RPCFault, _ epoch: UInt64) {
        guard epoch == self.epoch, connecting != nil || current != nil else { return }
        told(current == nil ? .connectFailed(fault) : .disconnected(fault))
        current = nil
        connecting = nil
        let gone = untilGone
        untilGone = nil
        gone?.resume()
    }

    // MARK: Queue

    func waitInQueue(until deadline: Instant) async {
        await Waiter<Void>.wait { waiter in
            queue.append((waiter, deadline))
            armQueueTimer()
        }
    }

    func wakeQueue(_ count: Int) {
        let woken = queue.prefix(count)
        queue.removeFirst(woken.count)
        for entry in woken { entry.waiter.resume() }
    }

    private func armQueueTimer() {
        let timer = queueTimer ?? Deadline(loop) { [weak self] in self?.assumeIsolated { $0.expireQueue() } }
        queueTimer = timer
        if !timer.isArmed, let first = queue.first { timer.arm(first.deadline) }
    }

    private func expireQueue() {
        wakeQueue(queue.prefix { $0.deadline <= loop.now }.count)
        armQueueTimer()
    }
}
