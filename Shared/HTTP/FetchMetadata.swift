public import Bytes

/// What the browser says about where a request comes from (W3C Fetch Metadata, Fetch §3.2 `Origin`). A page cannot
/// forge these; other clients leave them out. A value that is repeated or not understood is `.other`, never ignored.
public struct FetchMetadata: Hashable, Sendable {
    public enum Site: Hashable, Sendable {
        case sameOrigin, sameSite, crossSite
        /// The user did it: address bar, bookmark.
        case none
        case other
    }

    public enum Mode: Hashable, Sendable {
        case navigate, nestedNavigate, cors, noCors, sameOrigin, webSocket, other
    }

    public enum Destination: Hashable, Sendable {
        case document
        /// `fetch()`, XMLHttpRequest, EventSource, WebSocket.
        case empty
        case frame, image, script, style, other
    }

    public enum Origin: Hashable, Sendable {
        /// `Origin: null`: a page that hides, or has, no origin.
        case null
        /// Scheme, host and port, in lower case, shaped like an origin.
        case origin(ByteString)
        case other
    }

    /// Nil where the field is absent.
    public var site: Site?
    public var mode: Mode?
    public var destination: Destination?
    public var origin: Origin?
    /// The navigation was started by a gesture of the user.
    public var isUserActivated = false
    /// `Sec-Purpose` or its forerunners announce a prefetch or prerender: nobody looks at the answer yet.
    public var isSpeculative = false

    public init(_ fields: HTTPFields) {
        for slot in fields.slots {
            switch slot.known {
            case .secFetchSite: site = site == nil ? Site(fields.bytes[slot.value]) : .other
            case .secFetchMode: mode = mode == nil ? Mode(fields.bytes[slot.value]) : .other
            case .secFetchDest: destination = destination == nil ? Destination(fields.bytes[slot.value]) : .other
            case .origin: origin = origin == nil ? Origin(fields.bytes[slot.value]) : .other
            case .secFetchUser: isUserActivated = fields.bytes[slot.value].elementsEqual("?1".utf8)
            // Any purpose that is announced is one that the user does not see yet.
            case .secPurpose, .purpose, .xMoz: isSpeculative = true
            default: break
            }
        }
    }

    /// Whether it is a browser that says so at all.
    public var isPresent: Bool { site != nil || mode != nil || destination != nil }

    /// Whether the answer will be the page in a tab: a navigation that is neither framed nor speculative. Also true when
    /// nothing is known.
    public var isTopLevelNavigation: Bool {
        (mode == nil || mode == .navigate) && (destination == nil || destination == .document) && !isSpeculative
    }
}

extension FetchMetadata.Site {
    fileprivate init(_ value: ArraySlice<UInt8>) {
        switch value {
        case "same-origin": self = .sameOrigin
        case "same-site": self = .sameSite
        case "cross-site": self = .crossSite
        case "none": self = .none
        default: self = .other
        }
    }
}

extension FetchMetadata.Mode {
    fileprivate init(_ value: ArraySlice<UInt8>) {
        switch value {
        case "navigate": self = .navigate
        case "nested-navigate": self = .nestedNavigate
        case "cors": self = .cors
        case "no-cors": self = .noCors
        case "same-origin": self = .sameOrigin
        case "websocket": self = .webSocket
        default: self = .other
        }
    }
}

extension FetchMetadata.Destination {
    fileprivate init(_ value: ArraySlice<UInt8>) {
        switch value {
        case "document": self = .document
        case "empty": self = .empty
        case "iframe", "frame", "fencedframe", "embed", "object": self = .frame
        case "image": self = .image
        case "script": self = .script
        case "style": self = .style
        default: self = .other
        }
    }
}

extension FetchMetadata.Origin {
    fileprivate init(_ value: ArraySlice<UInt8>) {
        if value.elementsEqual("null".utf8) {
            self = .null
        } else if let origin = HTTPOrigin(ByteString(value)) {
            self = .origin(origin.bytes)
        } else {
            self = .other
        }
    }
}
