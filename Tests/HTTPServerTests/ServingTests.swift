import HTTPTestSupport
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(1))) struct Serving {
    @Test func `a connection carries one request after the other`() async throws {
        let fixture = try await Fixture()
        let connection = try fixture.client()
        for path in ["/a", "/b", "/c"] {
            connection.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = connection.read(until: path)
            #expect(answer.text.utf8.starts(with: "HTTP/1.1 200 OK\r\n".utf8))
            #expect(answer.text.contains("content-length: 2\r\n"))
            #expect(answer.text.contains("date: "))
            #expect(answer.end == .open)
        }
    }

    @Test func `requests that come together are answered in their order`() async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange(
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
                + "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(bodies(text) == ["/1", "hi", "/3"])
        #expect(text.contains("connection: close\r\n"))
    }

    @Test(arguments: [
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: x\r\n\r\n",
        "Content-Length: 0\r\n\r\n",
    ]) func `content arrives whole`(_ rest: String) async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(rest)")
        #expect(bodies(text) == [rest.contains("hel") ? "hello" : ""])
    }

    @Test func `a client that asks for it is told to continue`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(client.read(until: "\r\n\r\n").text == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hi")
        #expect(client.read(until: "hi").text.hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func `an answer in place of 100 Continue ends the connection`() async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange(
            "POST /other HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(text.contains("connection: close\r\n"))
        #expect(bodies(text) == ["/other"])
    }

    @Test func `HEAD is answered without content`() async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange("HEAD /abc HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(text.contains("content-length: 4\r\n"))
        #expect(bodies(text) == [""])
    }

    @Test func `content of unknown length is sent in chunks`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
        let text = client.read(until: "0\r\n\r\n").text
        #expect(text.contains("transfer-encoding: chunked\r\n"))
        #expect(text.contains("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
    }

    @Test func `content of unknown length ends with the connection for HTTP 1.0`() async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange("GET /stream HTTP/1.0\r\nHost: h\r\n\r\n")
        #expect(bodies(text) == ["onetwo"])
        #expect(!text.contains("chunked"))
    }

    @Test func `content that nobody read does not disturb the next request`() async throws {
        let fixture = try await Fixture()
        let content = String(repeating: "GET /evil HTTP/1.1\r\n", count: 1000)
        let text = try fixture.exchange(
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: \(content.utf8.count)\r\n\r\n\(content)"
                + "GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(bodies(text) == ["/a", "/b"])
    }
}
