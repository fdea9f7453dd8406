internal import Bytes
internal import HTTPClient
internal import Messages
internal import Operations
internal import Session

/// The counters of exchanges, and a log line for an upstream that fails. Never a token, a field's value or a query.
final class ExchangeJournal: Sendable {
    private let log: Log
    private let classes: [Counter]
    private let refusals: Counter
    private let cancellations: Counter
    private let failures: Counter
    private let duration: Histogram

    init(_ log: Log, _ metrics: Metrics) {
        self.log = log
        classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].map { name in
            metrics.counter(
                "cloakroom_worker_exchanges_total", "Exchanges answered by upstreams, by class of status.",
                labels: ["status": name])
        }
        refusals = metrics.counter("cloakroom_worker_refused_total", "Exchanges that ended without an answer.")
        cancellations = metrics.counter("cloakroom_worker_abandoned_total", "Exchanges that the edge gave up.")
        failures = metrics.counter(
            "cloakroom_worker_upstream_failures_total", "Upstreams that did not answer properly.")
        duration = metrics.histogram(
            "cloakroom_worker_exchange_seconds", "Time from an exchange's head to its answer's end.")
    }

    func answered(_ status: UInt16, took time: Duration) {
        if (100..<600).contains(status) { classes[Int(status) / 100 - 1].increment() }
        duration.observe(time)
    }

    func refused(_ abort: Abort) {
        refusals.increment()
        log.debug("exchange_refused") { line in
            line.add("reason", abort.reason.rawValue)
            line.add("code", abort.code?.rawValue)
        }
    }

    func abandoned() { cancellations.increment() }

    func failed(_ error: HTTPClientError, _ call: Call) {
        failures.increment()
        log.warning("upstream_failed") { line in
            line.add("request_id", call.head.requestID)
            line.add("route", call.route.id)
            line.add("phase", "\(error.phase)")
            line.add("kind", "\(error.kind)")
            line.add("sent", error.sent)
            line.add("detail", error.detail)
        }
    }
}
