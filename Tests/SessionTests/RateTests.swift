import Bytes
import JSON
import Session
import Testing

@Suite struct Rates {
    @Test(arguments: [("1/s", 1, 1000), ("600/m", 600, 60_000), ("1000/h", 1000, 3_600_000)])
    func `a number in a unit of time`(text: ByteString, count: UInt32, period: UInt32) {
        #expect(Rate(text) == Rate(count: count, period: period))
    }

    @Test(arguments: ["", "1", "/s", "0/s", "-1/s", "1.5/s", "1/d", "1 /s", "1/ s", "+1/s", "4294967296/s", "1/s/s"])
    func `anything else is none`(text: ByteString) { #expect(Rate(text) == nil) }

    @Test func `a changed rate is another set of routes`() throws {
        let digests = try ["10/s", "20/s"].map { rate in
            let text = """
                {"routes":[{"id":"a","path":"/a","target":"t","upstream":{"url":"http://h"},"limits":{"rate":"\(rate)"}}]}
                """
            return try Routes(try JSON.parse(Array(text.utf8)), sha256: { $0 }).digest
        }
        #expect(digests[0] != digests[1])
    }
}
