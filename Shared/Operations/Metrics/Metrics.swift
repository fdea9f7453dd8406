public import Bytes
import Synchronization

/// The numbers a process counts, rendered in Prometheus' text format 0.0.4.
///
/// A service makes each counter, gauge and histogram once, at its start, and keeps it; asking again for the same name
/// and labels gives the same one. Label values are few and known: never a peer's text.
public final class Metrics: Sendable {
    private let families = Mutex<[Family]>([])

    public init() {}

    private enum Sample: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case reading(@Sendable () -> Int64)
    }

    private struct Family: Sendable {
        let name: String
        let help: String
        let kind: String
        var samples: [(labels: [UInt8], sample: Sample)]
    }

    /// A counter. The name has letters, digits and `_`, and by custom ends in `_total`; the help is one line.
    public func counter(_ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:]) -> Counter {
        let counter = Counter()
        let kept = keep(.counter(counter), "counter", name, help, labels)
        if case .counter(let first) = kept { return first } else { return counter }
    }

    public func gauge(_ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:]) -> Gauge {
        let gauge = Gauge()
        let kept = keep(.gauge(gauge), "gauge", name, help, labels)
        if case .gauge(let first) = kept { return first } else { return gauge }
    }

    /// A gauge whose value is asked for when the metrics are rendered, on the thread that renders.
    public func gauge(
        _ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:],
        reading: @escaping @Sendable () -> Int64
    ) {
        _ = keep(.reading(reading), "gauge", name, help, labels)
    }

    /// A histogram of durations. By custom the name ends in `_seconds`.
    public func histogram(
        _ name: String, _ help: String, labels: KeyValuePairs<String, ByteString> = [:],
        bounds: [Double] = Histogram.defaultBounds
    ) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        let kept = keep(.histogram(histogram), "histogram", name, help, labels)
        if case .histogram(let first) = kept { return first } else { return histogram }
    }

    /// The sample that stands for the name and labels: this one, or the first one of the same.
    private func keep(
        _ sample: Sample, _ kind: String, _ name: String, _ help: String, _ labels: KeyValuePairs<String, ByteString>
    ) -> Sample {
        precondition(Self.isName(name) && labels.allSatisfy { Self.isName($0.key) }, "not a metric's name: \(name)")
        let labels = Self.render(labels)
        return families.withLock { families in
            guard let place = families.firstIndex(where: { $0.name == name }) else {
                families.append(Family(name: name, help: help, kind: kind, samples: [(labels, sample)]))
                return sample
            }
            precondition(families[place].kind == kind, "\(name) is a \(families[place].kind)")
            if let first = families[place].samples.first(where: { $0.labels == labels }) { return first.sample }
            families[place].samples.append((labels, sample))
            return sample
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
            for (labels, sample) in family.samples { Self.append(family.name, labels, sample, to: &out) }
        }
        return out
    }

    private static func append(_ name: String, _ labels: [UInt8], _ sample: Sample, to out: inout [UInt8]) {
        switch sample {
        case .counter(let counter): append(name, labels, "\(counter.value)", to: &out)
        case .gauge(let gauge): append(name, labels, "\(gauge.value)", to: &out)
        case .reading(let read): append(name, labels, "\(read())", to: &out)
        case .histogram(let histogram):
            let counts = histogram.cumulativeCounts
            for (bound, count) in zip(histogram.bounds.map(\.description) + ["+Inf"], counts) {
                let separator = labels.isEmpty ? "" : ","
                append("\(name)_bucket", labels + "\(separator)le=\"\(bound)\"".utf8, "\(count)", to: &out)
            }
            append("\(name)_sum", labels, "\(histogram.sum)", to: &out)
            append("\(name)_count", labels, "\(counts.last ?? 0)", to: &out)
        }
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
