import FuzzTargets
import Glibc

/// The target that the environment names.
private let target: FuzzTarget = {
    guard let name = unsafe getenv("CLOAKROOM_FUZZ_TARGET"),
        let target = unsafe FuzzTarget(rawValue: String(cString: name))
    else { fatalError("CLOAKROOM_FUZZ_TARGET names no target") }
    return target
}()

/// What libFuzzer calls, for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    do {
        try target.check(unsafe Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        print("\(target.rawValue): \(error)")
        fflush(nil)
        abort()
    }
    return 0
}
