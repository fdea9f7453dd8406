public import Bytes
import Synchronization

/// The numbers a process counts, rendered in Prometheus' text format 0.0.4.
///
/// A service makes each counter, gauge and histogram once for each of its loops, at its start, and keeps it: each is
/// changed by one thread alone, and those of one name and the same labels are rendered as their sum. Label values are
/// few and known: never a peer's text.
public final class Metrics: Sendable {
    private let families = Mutex<[Family]>([])

    public init() {}

    private enum Sample: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case reading(@Sendable () -> Int64)

        var histogram: Histogram? { if case .histogram(let histogram) = self { histogram } else { nil } }

        var value: Int64 {
            switch self {
            case .counter(let counter): Int64(clamping: counter.value)
            case .gauge(let gauge): gauge.value
            case .reading(let read): read()
            case .histogram: 0
            }
        }
    }

    /// The samples of one name and the same labels.
    private struct Series: Sendable {
        let labels: [UInt8]
        var samples: [Sample]
    }

    private struct Family: Sendable {
        let name: String
        let help: String
        let kind: String
        var series: [Series] = []

        mutating func keep(_ sample: Sample, _ labels: [UInt8]) {
            if let place = series.firstIndex(where: { $0.labels == labels }) {
                series[place].samples.append(sample)
            } else {
                series.append(Series(labels: labels, samples: [sample]))
            }
        }
    }

    /// A counter. The name has letters, digits and `_`, and by custom ends in `_total`; the help is one line.
    public func counter(_ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:]) -> Counter {
        let counter = Counter()
        keep(.counter(counter), "counter", name, help, labels)
        return counter
    }

    public func gauge(_ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:]) -> Gauge {
        let gauge = Gauge()
        keep(.gauge(gauge), "gauge", name, help, labels)
        return gauge
    }

    /// A gauge whose value is asked for when the metrics are rendered, on the thread that renders.
    public func gauge(
        _ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:],
        reading: @escaping @Sendable () -> Int64
    ) {
        keep(.reading(reading), "gauge", name, help, labels)
    }

    /// A histogram of durations. By custom the name ends in `_seconds`. All of one name have the same bounds.
    public func histogram(
        _ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:],
        bounds: [Double] = Histogram.defaultBounds
    ) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        keep(.histogram(histogram), "histogram", name, help, labels)
        return histogram
    }

    private func keep(
        _ sample: Sample, _ kind: String, _ name: String, _ help: String, _ labels: KeyValuePairs<String, ByteString>
    ) {
        precondition(Self.isName(name) && labels.allSatisfy { Self.isName($0.key) }, "not a metric's name: \(name)")
        let labels = Self.render(labels)
        families.withLock { families in
            let place = families.firstIndex { $0.name == name } ?? families.endIndex
            if place == families.endIndex { families.append(Family(name: name, help: help, kind: kind)) }
            precondition(families[place].kind == kind, "\(name) is a \(families[place].kind)")
            families[place].keep(sample, labels)
        }
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !ASCII.isDigit(first) else { return false }
        return name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    private static func render(_ labels: KeyValuePairs<String, ByteString>) -> [UInt8] {
        var out: [UInt8] = []
        for (name, value) in labels {
            if !out.isEmpty { out.append(UInt8(ascii: ",")) }
            out += "\(name)=\"".utf8
            for byte in value.text.utf8 {
                switch byte {
                case UInt8(ascii: "\n"): out += "\\n".utf8
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): out += [UInt8(ascii: "\\"), byte]
                default: out.append(byte)
                }
            }
            out.append(UInt8(ascii: "\""))
        }
        return out
    }
}

extension Metrics {
    /// The media type of what `render` makes.
    public static let mediaType: ByteString = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics with their values of now.
    public func render() -> [UInt8] {
        // Copied out, so that a reading may ask for other metrics.
        let families = families.withLock { $0 }
        var out: [UInt8] = []
        for family in families {
            out += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind)\n".utf8
            for series in family.series { Self.append(family.name, series, to: &out) }
        }
        return out
    }

    private static func append(_ name: String, _ series: Series, to out: inout [UInt8]) {
        let histograms = series.samples.compactMap(\.histogram)
        guard let bounds = histograms.first?.bounds else {
            let sum = series.samples.reduce(0) { $0 &+ $1.value }
            return append(name, series.labels, "\(sum)", to: &out)
        }
        let counts = histograms.map(\.cumulativeCounts)
        let separator = series.labels.isEmpty ? "" : ","
        for (place, bound) in (bounds.map(\.description) + ["+Inf"]).enumerated() {
            let labels = series.labels + "\(separator)le=\"\(bound)\"".utf8
            append("\(name)_bucket", labels, "\(counts.reduce(0) { $0 &+ $1[place] })", to: &out)
        }
        append("\(name)_sum", series.labels, "\(histograms.reduce(0) { $0 + $1.sum })", to: &out)
        append("\(name)_count", series.labels, "\(counts.reduce(0) { $0 &+ ($1.last ?? 0) })", to: &out)
    }

    private static func append(_ name: String, _ labels: [UInt8], _ value: String, to out: inout [UInt8]) {
        out += name.utf8
        if !labels.isEmpty {
            out.append(UInt8(ascii: "{"))
            out += labels
            out.append(UInt8(ascii: "}"))
        }
        out += " \(value)\n".utf8
    }
}
