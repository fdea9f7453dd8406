internal import Bytes
internal import Crypto
internal import HTTP
internal import HTTPServer
internal import Messages
internal import Platform
internal import Session

/// One request to one frontend, with what the edge found out about it.
final class Visit: Sendable {
    let request: HTTPRequest
    let responder: HTTPResponder
    let frontend: Frontend
    /// Who asks: the other end of the connection, or whom a proxy there speaks for.
    let client: HTTPClientAddress
    let requestID: ByteString
    let metadata: FetchMetadata

    init(
        _ request: HTTPRequest, _ responder: HTTPResponder, _ frontend: Frontend, from client: HTTPClientAddress,
        requestID: ByteString
    ) {
        self.request = request
        self.responder = responder
        self.frontend = frontend
        self.client = client
        self.requestID = requestID
        metadata = FetchMetadata(request.head.fields)
    }

    var head: RequestHead { request.head }
    var method: HTTPMethod { request.head.method }
    var path: ArraySlice<UInt8> { request.head.target.pathBytes }
    /// Whom limits count.
    var caller: IPAddress? { IPAddress(client.address)?.client }

    /// Whether the custom header is there, once, with its value.
    var hasCSRFHeader: Bool {
        guard head.fields.count(of: frontend.csrfHeader) == 1, let value = head.fields[frontend.csrfHeader] else {
            return false
        }
        return value.elementsEqual(CollectionOfOne(UInt8(ascii: "1")))
    }

    /// Whether a page would be shown to someone: a program gets a problem document instead.
    var showsPage: Bool {
        guard head.fields.acceptsHTML else { return false }
        return metadata.mode == .navigate || head.fields.all(.accept).contains { $0.bytes.containsText("text/html") }
    }

    // MARK: Credentials

    /// What the browser presents as its session.
    enum Credential: Equatable {
        case none
        /// Of another shape than ours, or twice: no session, and not worth asking the broker.
        case unusable
        case handle(Handle)
    }

    var credential: Credential {
        switch Cookies(head.fields)[frontend.cookies.session] {
        case .absent: return .none
        case .ambiguous: return .unusable
        case .one(let value):
            guard CookieNames.isOurs(value), let handle = frontend.handle(cookie: value) else { return .unusable }
            return .handle(handle)
        }
    }

    var handle: Handle? { if case .handle(let handle) = credential { handle } else { nil } }

    // MARK: Answers

    /// An answer with the fields of this frontend.
    func answer(_ status: UInt16, _ change: (inout HTTPFields) -> Void = { _ in }, body: [UInt8] = []) -> HTTPResponse {
        var fields = frontend.fields
        change(&fields)
        return HTTPResponse(status: status, fields: fields, body: body)
    }

    /// A page of ours.
    func page(_ status: UInt16, _ body: [UInt8], _ change: (inout HTTPFields) -> Void = { _ in }) -> HTTPResponse {
        answer(
            status,
            { fields in
                Page.describe(in: &fields)
                change(&fields)
            }, body: body)
    }

    /// A redirect that nothing may store.
    func redirect(_ status: UInt16, to place: FieldValue, _ change: (inout HTTPFields) -> Void = { _ in })
        -> HTTPResponse
    {
        answer(status) { fields in
            fields.append(.location, place)
            change(&fields)
        }
    }

    /// A problem, as a page where one is shown and as a document everywhere else.
    func answer(_ problem: Problem, asPage: Bool, link: PageLink? = nil) -> HTTPResponse {
        let parts =
            asPage
            ? problem.page(requestID, fields: frontend.fields, link: link)
            : problem.document(requestID, fields: frontend.fields)
        var response = HTTPResponse(status: problem.code.status, fields: parts.fields, body: parts.body)
        if problem.clearsSession { response.fields.append(frontend.cookies.sessionCookie(.empty)?.deletion) }
        return response
    }
}

extension Frontend {
    /// What the broker knows a session by.
    func handle(cookie: some Collection<UInt8>) -> Handle? {
        var text: [UInt8] = []
        text.reserveCapacity(id.count + 1 + cookie.count)
        text += id.bytes
        text.append(0)
        text += cookie
        return Handle(Hash.sha256(text))
    }
}

extension HTTPFields {
    mutating func append(_ cookie: SetCookie?) {
        if let cookie { append(.setCookie, cookie.fieldValue) }
    }
}

extension [UInt8] {
    /// Whether the octets of a text occur.
    func containsText(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { unsafe firstRange(of: $0) != nil }
    }
}
