import Bytes
import Operations
import Testing

@Suite struct OutageTests {
    @Test func `a reason is news once, another reason is news again`() {
        let outage = Outage()
        #expect(outage.begin("refused"))
        #expect(!outage.begin("refused"))
        #expect(outage.begin("no such file"))
        #expect(outage.reason == "no such file")
    }

    @Test func `after its end the same reason is news`() {
        let outage = Outage()
        #expect(outage.begin("refused"))
        outage.end()
        #expect(outage.reason == nil)
        #expect(outage.begin("refused"))
    }
}
