import Bytes
import Foundation
import Testing

@testable import HTTPClient

/// A throwaway CA and server certificates, made once per test run by the `openssl` program.
struct TLSFixture: Sendable {
    let directory: String

    static let shared = Result { try TLSFixture() }

    var ca: String { directory + "/ca.pem" }

    private init() throws {
        directory = NSTemporaryDirectory() + "cloakroom-tls-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Self.configuration.write(toFile: directory + "/ca.cnf", atomically: true, encoding: .utf8)
        try "".write(toFile: directory + "/index.txt", atomically: true, encoding: .utf8)
        for name in ["ca", "stranger"] {
            let files = "-keyout \(name).key -out \(name).pem"
            try openssl("req -x509 -config ca.cnf -extensions authority -subj /CN=\(name) -days 2 \(files)")
        }
        try issue("good", names: "DNS:localhost,IP:127.0.0.1")
        try issue("wrong", names: "DNS:other.example")
        try issue(
            "expired", names: "DNS:localhost,IP:127.0.0.1",
            dates: "-startdate 20200101000000Z -enddate 20200102000000Z")
        try issue("unknown", by: "stranger", names: "DNS:localhost,IP:127.0.0.1")
    }

    private static let configuration = """
        [ca]
        default_ca = default
        [default]
        dir = .
        database = index.txt
        new_certs_dir = .
        rand_serial = yes
        default_md = sha256
        policy = policy
        unique_subject = no
        [policy]
        commonName = supplied
        [req]
        distinguished_name = name
        default_bits = 2048
        encrypt_key = no
        [name]
        [authority]
        basicConstraints = critical, CA:TRUE
        keyUsage = keyCertSign
        """

    private func issue(_ name: String, by authority: String = "ca", names: String, dates: String = "-days 2") throws {
        try "subjectAltName=\(names)".write(toFile: directory + "/\(name).ext", atomically: true, encoding: .utf8)
        try openssl("req -new -config ca.cnf -subj /CN=\(name) -keyout \(name).key -out \(name).csr")
        let files = "-extfile \(name).ext -in \(name).csr -out \(name).pem"
        try openssl(
            "ca -batch -notext -config ca.cnf -cert \(authority).pem -keyfile \(authority).key \(dates) \(files)")
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardError = FileHandle.standardError
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

/// A TLS server in Python that behaves as the path says, and reports how many octets of requests came.
final class TLSServer {
    let port: UInt16
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(certificate: String) throws {
        let fixture = try TLSFixture.shared.get()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let files = ["\(fixture.directory)/\(certificate).pem", "\(fixture.directory)/\(certificate).key"]
        process.arguments = ["python3", "-c", Self.script] + files
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        port = try #require(UInt16(String(decoding: line, as: UTF8.self)))
    }

    func origin(_ host: String = "localhost") throws -> Origin {
        try #require(Origin(scheme: .https, host: ByteString(host), port: port))
    }

    /// Ends the server and says how many octets of requests each of its connections brought.
    func stop() throws -> [Int] {
        try input.fileHandleForWriting.write(contentsOf: Data("stop\n".utf8))
        var text = ""
        // The word and not the end of the pipe, which some other child may have open, too.
        while !text.hasSuffix("end\n"), let more = try output.fileHandleForReading.read(upToCount: 1) {
            text += String(decoding: more, as: UTF8.self)
        }
        return text.split(separator: "\n").compactMap { Int($0) }
    }

    private static let script = #"""
        import os, socket, ssl, sys, threading, time
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        counts = {}

        class Stream:
            def __init__(self, number, plain):
                self.number, self.buffer = number, b""
                self.tls = context.wrap_socket(plain, server_side=True)
            def read(self):
                more = self.tls.recv(65536)
                counts[self.number] += len(more)
                if not more: raise EOFError
                self.buffer += more
            def head(self):
                while b"\r\n\r\n" not in self.buffer: self.read()
                head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
                return head
            def take(self, count):
                while len(self.buffer) < count: self.read()
                taken, self.buffer = self.buffer[:count], self.buffer[count:]
                return taken

        def answer(stream, body):
            stream.tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        def serve_one(stream):
            head = stream.head()
            path = head.split(b" ")[1].decode()
            if path == "/number": answer(stream, b"%d" % stream.number)
            elif path.startswith("/body/"): answer(stream, b"0123456789abcdef" * (int(path[6:]) // 16))
            elif path == "/records":
                stream.tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(100): stream.tls.sendall(b"0123456789")
            elif path.startswith("/upload/"):
                time.sleep(0.2)
                body = stream.take(int(path[8:]))
                answer(stream, b"%d %d" % (len(body), sum(body) % 65521))
            elif path == "/whole":
                stream.tls.sendall(b"HTTP/1.1 200 OK\r\n\r\nall of it")
                stream.tls.unwrap()
                raise EOFError
            elif path == "/cut":
                stream.tls.sendall(b"HTTP/1.1 200 OK\r\n\r\npart")
                os.close(stream.tls.detach())
                raise EOFError
            elif path == "/last":
                answer(stream, b"%d" % stream.number)
                stream.tls.settimeout(0.05)
                stream.tls.unwrap()

        def serve(number, plain):
            stream = None
            try:
                stream = Stream(number, plain)
                while True: serve_one(stream)
            except (EOFError, OSError): pass
            if stream: stream.tls.close()
            plain.close()

        def accept():
            number = 0
            while True:
                plain, _ = listener.accept()
                counts[number] = 0
                threading.Thread(target=serve, args=(number, plain), daemon=True).start()
                number += 1

        threading.Thread(target=accept, daemon=True).start()
        sys.stdin.readline()
        for number in sorted(counts): print(counts[number])
        print("end")
        sys.stdout.flush()
        os._exit(0)
        """#
}
