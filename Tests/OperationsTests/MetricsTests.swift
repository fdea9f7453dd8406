import Bytes
import Operations
import Testing

@Suite struct MetricsTests {
    private let metrics = Metrics()

    @Test func `metrics are rendered as Prometheus reads them`() {
        let requests = metrics.counter("requests_total", "Requests answered.", labels: ["frontend": "a\"\\\n"])
        requests.increment()
        requests.increment(by: 41)
        metrics.counter("requests_total", "Requests answered.", labels: ["frontend": "b", "code": "200"]).increment()
        metrics.gauge("connections", "Open connections.").set(-3)
        metrics.gauge("age", "Age.") { 7 }
        #expect(
            metrics.render()
                == Array(
                    """
                    # HELP requests_total Requests answered.
                    # TYPE requests_total counter
                    requests_total{frontend="a\\"\\\\\\n"} 42
                    requests_total{frontend="b",code="200"} 1
                    # HELP connections Open connections.
                    # TYPE connections gauge
                    connections -3
                    # HELP age Age.
                    # TYPE age gauge
                    age 7

                    """.utf8))
    }

    @Test func `a histogram counts every bucket that holds the value`() {
        let histogram = metrics.histogram("took_seconds", "Time.", labels: ["a": "b"], bounds: [0.001, 0.5])
        for duration in [Duration.milliseconds(1), .milliseconds(2), .milliseconds(500), .seconds(2), .seconds(-1)] {
            histogram.observe(duration)
        }
        #expect(
            metrics.render()
                == Array(
                    """
                    # HELP took_seconds Time.
                    # TYPE took_seconds histogram
                    took_seconds_bucket{a="b",le="0.001"} 2
                    took_seconds_bucket{a="b",le="0.5"} 4
                    took_seconds_bucket{a="b",le="+Inf"} 5
                    took_seconds_sum{a="b"} 2.503
                    took_seconds_count{a="b"} 5

                    """.utf8))
    }

    @Test func `the same name and labels are the same metric`() {
        let first = metrics.counter("x_total", "X.", labels: ["a": "1"])
        #expect(metrics.counter("x_total", "X.", labels: ["a": "1"]) === first)
        #expect(metrics.counter("x_total", "X.", labels: ["a": "2"]) !== first)
        let gauge = metrics.gauge("y", "Y.")
        gauge.add(2)
        metrics.gauge("y", "Y.").add(-5)
        #expect(gauge.value == -3)
    }

    @Test func `a name that Prometheus cannot read is a programming error`() async {
        await #expect(processExitsWith: .failure) { _ = Metrics().counter("not a name", "") }
    }
}
