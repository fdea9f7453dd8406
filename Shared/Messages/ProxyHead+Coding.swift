import Bytes
import HTTP

extension HTTPMethod {
    /// The spellings by raw value, made once.
    fileprivate static let names = allCases.map(\.name)
}

extension ProxyHead {
    /// The payload of the head frame.
    public func encoded() -> [UInt8] {
        let strings =
            route.count + routes.count + target.count + requestID.count + client.count + host.count + fields.octetCount
            + (pass?.text.count ?? 0)
        // 256 for names, numbers and punctuation.
        return HeadWriter.payload(literals: 256 + HeadWriter.literals(of: fields), strings: strings) { writer in
            encodeRoute(&writer)
            encodeRequest(&writer)
            encodeContext(&writer)
        }
    }

    private func encodeRoute(_ writer: inout HeadWriter) {
        writer.literal("{\"route\":")
        writer.string(route)
        writer.literal(",\"routes\":")
        writer.string(routes)
        if let pass {
            writer.literal(",\"pass\":")
            writer.string(pass.text)
        }
    }

    private func encodeRequest(_ writer: inout HeadWriter) {
        writer.literal(",\"method\":")
        writer.string(HTTPMethod.names[Int(method.rawValue)])
        writer.literal(",\"target\":")
        writer.string(target)
        writer.literal(",\"fields\":")
        writer.fields(fields)
    }

    private func encodeContext(_ writer: inout HeadWriter) {
        writer.literal(",\"request_id\":")
        writer.string(requestID)
        writer.literal(",\"client\":")
        writer.string(client)
        writer.literal(proto == .https ? ",\"proto\":\"https\",\"host\":" : ",\"proto\":\"http\",\"host\":")
        writer.string(host)
        writer.literal(",\"deadline\":{\"first_byte_ms\":")
        writer.number(deadline.firstByte)
        writer.literal(",\"idle_ms\":")
        writer.number(deadline.idle)
        if let total = deadline.total {
            writer.literal(",\"total_ms\":")
            writer.number(total)
        }
        writer.literal("}}")
    }

    /// Reads the payload of a head frame.
    public init(_ payload: [UInt8]) throws(MessageError) {
        var reader = HeadReader(payload)
        try reader.expect("{\"route\":")
        route = try reader.text()
        try reader.expect(",\"routes\":")
        routes = try reader.text()
        pass = try Self.pass(&reader)
        try reader.expect(",\"method\":")
        guard let method = HTTPMethod(try reader.text()) else { throw MessageError(.invalidMember, "method") }
        self.method = method
        try reader.expect(",\"target\":")
        target = try reader.text()
        try reader.expect(",\"fields\":")
        fields = try reader.fields()
        try reader.expect(",\"request_id\":")
        requestID = try reader.text()
        try reader.expect(",\"client\":")
        client = try reader.text()
        proto = try Self.scheme(&reader)
        try reader.expect(",\"host\":")
        host = try reader.text()
        deadline = try Self.deadline(&reader)
        try reader.expect("}")
        try reader.end()
    }

    private static func pass(_ reader: inout HeadReader) throws(MessageError) -> Pass? {
        guard reader.skip(",\"pass\":") else { return nil }
        guard let pass = Pass(try reader.text()) else { throw MessageError(.invalidMember, "pass") }
        return pass
    }

    private static func scheme(_ reader: inout HeadReader) throws(MessageError) -> Scheme {
        if reader.skip(",\"proto\":\"https\"") { return .https }
        try reader.expect(",\"proto\":\"http\"")
        return .http
    }

    private static func deadline(_ reader: inout HeadReader) throws(MessageError) -> ExchangeDeadline {
        try reader.expect(",\"deadline\":{\"first_byte_ms\":")
        let firstByte = try reader.number()
        try reader.expect(",\"idle_ms\":")
        let idle = try reader.number()
        let total = reader.skip(",\"total_ms\":") ? try reader.number() : nil
        try reader.expect("}")
        return ExchangeDeadline(firstByte: firstByte, idle: idle, total: total)
    }
}

extension ProxyResponseHead {
    /// The payload of the head frame.
    public func encoded() -> [UInt8] {
        let literals = 32 + HeadWriter.literals(of: fields)
        return HeadWriter.payload(literals: literals, strings: fields.octetCount) { writer in
            writer.literal("{\"status\":")
            writer.number(UInt32(status))
            writer.literal(",\"fields\":")
            writer.fields(fields)
            writer.literal("}")
        }
    }

    /// Reads the payload of a head frame.
    public init(_ payload: [UInt8]) throws(MessageError) {
        var reader = HeadReader(payload)
        try reader.expect("{\"status\":")
        let status = try reader.number()
        guard (100...599).contains(status) else { throw MessageError(.invalidMember, "status") }
        self.status = UInt16(status)
        try reader.expect(",\"fields\":")
        fields = try reader.fields()
        try reader.expect("}")
        try reader.end()
    }
}
