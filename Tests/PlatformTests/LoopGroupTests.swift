import Glibc
import Synchronization
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct LoopGroupTests {
    @Test(arguments: [0, 1, 4]) func `there are as many loops as asked for, and all end with the first`(count: Int)
        throws
    {
        let group = try LoopGroup(count)
        #expect(group.loops.count == max(1, count))
        let turned = Mutex<Set<UInt>>([])
        for loop in group.loops {
            loop.perform {
                turned.withLock { _ = $0.insert(UInt(pthread_self())) }
                if turned.withLock({ $0.count }) == group.loops.count { group.first.stop() }
            }
        }
        group.run()
        #expect(turned.withLock { $0.count } == max(1, count))
    }

    @Test func `what lived on a loop may be let go when its thread has ended`() async {
        await #expect(processExitsWith: .success) {
            let group = try LoopGroup(2)
            var pair: [Int32] = [-1, -1]
            #expect(unsafe pipe(&pair) == 0)
            let reader = pair[0]
            // Only the second loop's thread touches it, and this one after that has ended.
            nonisolated(unsafe) var watch: Watch?
            group.loops[1].perform {
                unsafe watch = try? Watch(group.loops[1], descriptor: reader) { _ in }
                group.first.stop()
            }
            group.run()
            unsafe watch?.cancel()
        }
    }

    @Test func `one core at least may be used`() {
        #expect((1...LoopGroup.most).contains(LoopGroup.usableCores))
    }

    @Test func `what one thread gives up, all have given up`() async {
        await #expect(processExitsWith: .success) {
            let group = try LoopGroup(3)
            try ProcessHardening.refuseInternetSockets()
            let refused = Mutex(0)
            for loop in group.loops {
                loop.perform {
                    let isRefused = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) < 0 && errno == EACCES
                    if isRefused { refused.withLock { $0 += 1 } }
                    if !isRefused || refused.withLock({ $0 == 3 }) { group.first.stop() }
                }
            }
            group.run()
            exit(refused.withLock { $0 == 3 } ? 0 : 1)
        }
    }

    @Test func `a socket of ours is removed, anything else stays`() throws {
        var template = Array("/tmp/platform-XXXXXX".utf8CString)
        let directory = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
        defer { unsafe rmdir(directory) }
        let (path, file) = (directory + "/a.sock", directory + "/file.sock")
        _ = try Sockets.listenUnix(path)
        close(unsafe open(file, O_CREAT | O_WRONLY, 0o600))
        for each in [path, file, directory + "/none.sock"] { Sockets.removeUnix(each) }
        #expect(unsafe access(path, F_OK) != 0)
        #expect(unsafe unlink(file) == 0)
    }
}
