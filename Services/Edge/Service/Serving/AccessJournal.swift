internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Operations
internal import Platform

/// The access log and the counters of requests. A line holds no query, no cookie and nothing of a header.
final class AccessJournal: Sendable {
    struct Entry {
        let id: ByteString
        let client: HTTPClientAddress
        let request: HTTPRequest
        var frontend: ByteString?
        var route: ByteString?
        var problem: Problem.Code?
        var progress = HTTPProgress()

        init(_ request: HTTPRequest, _ client: HTTPClientAddress, _ id: ByteString) {
            self.id = id
            self.client = client
            self.request = request
        }
    }

    private let log: Log
    private let classes: [Counter]
    private let cut: Counter
    private let rejected: Counter
    private let duration: Histogram

    init(_ log: Log, _ metrics: Metrics) {
        self.log = log
        classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].map { name in
            metrics.counter(
                "cloakroom_edge_requests_total", "Requests answered, by class of status.", labels: ["status": name])
        }
        cut = metrics.counter("cloakroom_edge_answers_cut_total", "Answers that did not come to their end.")
        rejected = metrics.counter("cloakroom_edge_requests_rejected_total", "Requests that could not be read.")
        duration = metrics.histogram(
            "cloakroom_edge_request_seconds", "Time from a request's head to its answer's end.")
    }

    func note(_ entry: Entry, took time: Duration) {
        let status = entry.progress.status
        if (100..<600).contains(status) { classes[Int(status) / 100 - 1].increment() }
        if !entry.progress.isFinished { cut.increment() }
        duration.observe(time)
        log.info("request") { line in
            line.add("request_id", entry.id)
            line.add("client", entry.client.host)
            line.add("method", entry.request.head.method.name)
            line.add("path", octets: entry.request.head.target.pathBytes)
            line.add("frontend", entry.frontend)
            line.add("route", entry.route)
            line.add("status", status)
            line.add("bytes", entry.progress.bodyBytes)
            line.add("ms", milliseconds: time)
            line.add("problem", entry.problem?.rawValue)
            if !entry.progress.isFinished { line.add("cut", true) }
        }
    }

    func noteRejection(_ fault: HTTPFault, _ client: HTTPClientAddress, _ id: ByteString) {
        rejected.increment()
        log.info("request_rejected") { line in
            line.add("request_id", id)
            line.add("client", client.host)
            line.add("status", fault.status)
            line.add("reason", fault.reason)
        }
    }
}
