extension KnownFieldName {
    var isHopByHop: Bool { Self.hopByHop.contains(self) }

    static let hopByHop = KnownFieldSet.containing { name in
        switch name {
        case .connection, .keepAlive, .proxyConnection, .proxyAuthenticate, .proxyAuthorization, .te, .trailer,
            .transferEncoding, .upgrade, .http2Settings:
            true
        default: false
        }
    }

    /// Fields that are written from what is known about the connection, or not at all.
    static let ownedByConnection = KnownFieldSet.containing { hopByHop.contains($0) || $0 == .contentLength }
}

extension FieldName {
    /// Whether the field concerns one connection only (RFC 9110 §7.6.1).
    public var isHopByHop: Bool { known?.isHopByHop ?? false }
}

extension HTTPFields {
    /// Removes the fields that concern one connection, and those that `Connection` names. Do it before fields are added:
    /// then a peer cannot name those.
    public mutating func removeHopByHop() {
        var known = KnownFieldName.hopByHop
        var others: [FieldName] = []
        for slot in slots where slot.known == .connection { collectOptions(of: slot, &known, &others) }
        let bytes = bytes
        slots.removeAll { slot in
            if let name = slot.known { return known.contains(name) }
            return others.contains { HTTPField(bytes: bytes, slot: slot).isNamed($0) }
        }
    }

    /// The names in a `Connection` field; what is no name is passed over.
    private func collectOptions(of slot: FieldSlot, _ known: inout KnownFieldSet, _ others: inout [FieldName]) {
        var start = slot.value.lowerBound
        while start < slot.value.upperBound {
            let element = TokenList.next(bytes.span, &start, slot.value.upperBound)
            if let name = KnownFieldNames.shared.find(bytes.span, element.lowerBound, element.upperBound) {
                known.insert(name)
            } else if let name = FieldName(bytes[element]) {
                others.append(name)
            }
        }
    }
}
