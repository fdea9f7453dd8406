public import Bytes
import HTTP

extension ProxyHead: HeadPayload {
    public var bound: Int {
        let strings =
            route.count + routes.count + target.count + requestID.count + client.count + host.count
            + (pass?.text.count ?? 0)
        // 256 for names, numbers and punctuation.
        return 256 + HeadText.bound(strings: strings, fields: fields)
    }

    public func write(_ writer: inout OctetWriter) {
        encodeRoute(&writer)
        encodeRequest(&writer)
        encodeContext(&writer)
    }

    private func encodeRoute(_ writer: inout OctetWriter) {
        writer.append("{\"route\":")
        writer.string(route)
        writer.append(",\"routes\":")
        writer.string(routes)
        if let pass {
            writer.append(",\"pass\":")
            writer.string(pass.text)
        }
    }

    private func encodeRequest(_ writer: inout OctetWriter) {
        writer.append(",\"method\":")
        writer.string(method.name)
        writer.append(",\"target\":")
        writer.string(target)
        writer.append(",\"fields\":")
        writer.fields(fields)
    }

    private func encodeContext(_ writer: inout OctetWriter) {
        writer.append(",\"request_id\":")
        writer.string(requestID)
        writer.append(",\"client\":")
        writer.string(client)
        writer.append(proto == .https ? ",\"proto\":\"https\",\"host\":" : ",\"proto\":\"http\",\"host\":")
        writer.string(host)
        writer.append(",\"deadline\":{\"first_byte_ms\":")
        writer.append(decimal: UInt64(deadline.firstByte))
        writer.append(",\"idle_ms\":")
        writer.append(decimal: UInt64(deadline.idle))
        if let total = deadline.total {
            writer.append(",\"total_ms\":")
            writer.append(decimal: UInt64(total))
        }
        writer.append("}}")
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
        let places = try reader.fields()
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
        fields = HTTPFields(places, in: reader.octets())
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

extension ProxyResponseHead: HeadPayload {
    public var bound: Int { 64 + HeadText.bound(strings: 0, fields: fields) }

    public func write(_ writer: inout OctetWriter) {
        writer.append("{\"status\":")
        writer.append(decimal: UInt64(status))
        writer.append(",\"fields\":")
        writer.fields(fields)
        writer.append("}")
    }

    /// Reads the payload of a head frame.
    public init(_ payload: consuming [UInt8]) throws(MessageError) {
        var reader = HeadReader(payload)
        try reader.expect("{\"status\":")
        let status = try reader.number()
        guard (100...599).contains(status) else { throw MessageError(.invalidMember, "status") }
        self.status = UInt16(status)
        try reader.expect(",\"fields\":")
        let places = try reader.fields()
        try reader.expect("}")
        try reader.end()
        fields = HTTPFields(places, in: reader.octets())
    }
}
