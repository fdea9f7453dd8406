import Bytes
import Operations
import Platform
import Session
import Testing

@testable import WorkerService

@Suite struct WorkerConfigurationTests {
    private func configuration(_ socket: String) -> WorkerConfiguration {
        WorkerConfiguration(
            loops: 3, edgeSocket: socket, brokerSocket: "/b", edges: [], broker: 0, routes: .none, authorities: nil,
            drain: .zero)
    }

    @Test func `each loop has a socket of its own that edges take for a worker`() {
        let configuration = configuration("/run/edge-worker/one.sock")
        #expect(
            (1...3).map(configuration.edgeSocket(loop:)) == [
                "/run/edge-worker/one.sock", "/run/edge-worker/one-2.sock", "/run/edge-worker/one-3.sock",
            ])
    }
}
