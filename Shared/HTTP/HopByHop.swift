extension KnownFieldName {
    /// Whether the field concerns one connection (RFC 9110 §7.6.1), so that it is written from what is known about that
    /// connection or not at all.
    var isOwnedByConnection: Bool { isHopByHop || self == .contentLength }

    var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .proxyAuthenticate, .proxyAuthorization, .te, .trailer,
            .transferEncoding, .upgrade, .http2Settings:
            true
        default: false
        }
    }
}

extension FieldName {
    /// Whether the field concerns one connection only (RFC 9110 §7.6.1).
    public var isHopByHop: Bool { known?.isHopByHop ?? false }
}

extension HTTPFields {
    /// Removes the fields that concern one connection, and those that `Connection` names. Do it before fields are added:
    /// then a peer cannot name those.
    public mutating func removeHopByHop() {
        let named = connectionOptions()
        removeAll { field in
            if field.slot.known?.isHopByHop == true { return true }
            return named.contains { field.isNamed($0) }
        }
    }

    /// The names in all `Connection` fields; what is no name is passed over.
    private func connectionOptions() -> [FieldName] {
        var names: [FieldName] = []
        for slot in slots where slot.known == .connection {
            var start = slot.value.lowerBound
            while start < slot.value.upperBound {
                let element = TokenList.next(bytes.span, &start, slot.value.upperBound)
                if let name = FieldName(bytes[element]) { names.append(name) }
            }
        }
        return names
    }
}
