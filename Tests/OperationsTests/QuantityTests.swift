import Bytes
import Operations
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("8h", .seconds(28_800)),
            ("7d", .seconds(604_800)), ("0s", .zero),
        ] as [(ByteString, Duration)])
    func `a duration is a number and a unit`(_ text: ByteString, _ expected: Duration) {
        #expect(Quantity.duration(text) == expected)
    }

    @Test(
        arguments: [
            "", "30", "s", "1.5s", "-1s", "+1s", "1 s", " 1s", "1s ", "1S", "1sec", "1h30m", "1us", "0x1s",
            "9223372036854775808ms", "9999999999999999999d", "99999999999999999999s",
        ] as [ByteString])
    func `everything else is no duration`(_ text: ByteString) { #expect(Quantity.duration(text) == nil) }

    @Test(
        arguments: [
            ("0B", 0), ("512B", 512), ("64KiB", 65_536), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648),
            ("1TiB", 1 << 40),
        ] as [(ByteString, Int)])
    func `a size is a number and a binary unit`(_ text: ByteString, _ expected: Int) {
        #expect(Quantity.size(text) == expected)
    }

    @Test(
        arguments: [
            "", "1", "1MB", "1mib", "1M", "KiB", "-1B", "1.5MiB", "1 MiB", "8388608TiB", "9223372036854775808B",
        ]
            as [ByteString])
    func `everything else is no size`(_ text: ByteString) { #expect(Quantity.size(text) == nil) }
}
