import Bytes
import HTTP
import Testing

@testable import HTTPServer

@Suite struct Framing {
    @Test(
        arguments: [
            (.get, .http11, 200, 5, .length(5)), (.get, .http11, 200, nil, .chunked),
            (.get, .http10, 200, nil, .untilClose),
            (.get, .http10, 200, 5, .length(5)), (.head, .http11, 200, 5, .length(5)),
            (.head, .http11, 200, nil, .none),
            (.get, .http11, 204, 0, .none), (.get, .http11, 304, nil, .none), (.post, .http11, 201, 0, .length(0)),
        ] as [(HTTPMethod, HTTPVersion, UInt16, UInt64?, BodyFraming)])
    func `a head announces how its content ends`(
        _ row: (method: HTTPMethod, version: HTTPVersion, status: UInt16, length: UInt64?, expected: BodyFraming)
    ) {
        let announced = ResponseFraming.announced(
            status: row.status, method: row.method, version: row.version, length: row.length)
        #expect(announced == row.expected)
    }

    @Test(arguments: [(.head, 200), (.get, 204), (.get, 304)] as [(HTTPMethod, UInt16)])
    func `where no content may be, none is written`(_ row: (method: HTTPMethod, status: UInt16)) {
        var framing = ResponseFraming(status: row.status, method: row.method, version: .http11, length: 9)
        let taken = framing.take(9)
        #expect(taken == 0)
        #expect(framing.isComplete)
    }

    @Test func `no more is written than was announced, and less is noticed`() {
        var framing = ResponseFraming(status: 200, method: .get, version: .http11, length: 5)
        let first = framing.take(3)
        let isCompleteAfterThree = framing.isComplete
        let rest = [framing.take(3), framing.take(1)]
        #expect(first == 3)
        #expect(!isCompleteAfterThree)
        #expect(rest == [2, 0])
        #expect(framing.isComplete)
    }
}

@Suite struct Pace {
    private var limit: BodyPace.Limit {
        var limit = BodyPace.Limit()
        limit.rate = 100
        limit.grace = .seconds(10)
        return limit
    }

    @Test func `a slow beginning is forgiven`() {
        var pace = BodyPace()
        let isFine = pace.note(1, after: .seconds(10), limit: limit)
        #expect(isFine)
    }

    @Test func `after the grace the rate counts, over all the time waited`() {
        var pace = BodyPace()
        let notes = [(5000, 10), (1, 40), (1, 1)].map { pace.note($0.0, after: .seconds($0.1), limit: limit) }
        #expect(notes == [true, true, false])
    }

    @Test func `an absurd rate does not overflow`() {
        var pace = BodyPace()
        var limit = limit
        limit.rate = .max
        let isFine = pace.note(.max, after: .seconds(20), limit: limit)
        #expect(!isFine)
    }
}

@Suite struct Dates {
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(Int64, String)]) func `seconds become a date of RFC 9110`(seconds: Int64, expected: String)
    {
        #expect(HTTPClock.format(seconds) == ByteString(expected))
    }
}
