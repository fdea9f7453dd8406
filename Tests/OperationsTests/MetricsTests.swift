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

    @Test func `what several loops count under one name and labels is rendered as the sum`() {
        for amount: UInt64 in [1, 2] {
            metrics.counter("x_total", "X.", labels: ["a": "1"]).increment(by: amount)
            metrics.gauge("y", "Y.").set(Int64(amount) - 4)
            metrics.histogram("z_seconds", "Z.", bounds: [1.5]).observe(.seconds(amount))
        }
        metrics.counter("x_total", "X.", labels: ["a": "2"]).increment()
        metrics.gauge("y", "Y.") { 10 }
        let lines = String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").filter { $0.first != "#" }
        #expect(
            lines == [
                #"x_total{a="1"} 3"#, #"x_total{a="2"} 1"#, "y 5", #"z_seconds_bucket{le="1.5"} 1"#,
                #"z_seconds_bucket{le="+Inf"} 2"#, "z_seconds_sum 3.0", "z_seconds_count 2",
            ])
    }

    @Test func `a name that Prometheus cannot read is a programming error`() async {
        await #expect(processExitsWith: .failure) { _ = Metrics().counter("not a name", "") }
    }
}
