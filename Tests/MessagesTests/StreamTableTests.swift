import Testing

@testable import Messages

private struct Numbers: StreamValue, Equatable, ExpressibleByArrayLiteral {
    private(set) var list: [Int] = []

    init() {}

    init(arrayLiteral elements: Int...) { list = elements }

    mutating func append(_ number: Int) { list.append(number) }
}

@Suite struct StreamTableTests {
    /// Streams that come, change and go as on a link: mostly the next number, some of them long-lived.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `it holds what a dictionary holds`(_ seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var table = StreamTable<Numbers>()
        var model: [UInt32: Numbers] = [:]
        var highest: UInt32 = 0
        for step in 0..<4000 {
            let old = UInt32.random(in: 1...max(1, highest), using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                highest += UInt32.random(in: 1...3, using: &generator)
                table.insert([step], for: highest)
                model[highest] = [step]
            case 2:
                _ = table.change(old) { $0.append(step) }
                model[old]?.append(step)
            case 3:
                table.removeValue(forKey: old)
                model[old] = nil
            case 4: #expect(table.removeValue(forKey: old) == model.removeValue(forKey: old))
            default: #expect(table[old] == model[old])
            }
            #expect(table.count == model.count)
        }
        #expect(table.streams.sorted() == model.keys.sorted())
        for stream in 0...highest + 40 { #expect(table[stream] == model[stream]) }
    }

    @Test func `a stream that is not there stays away`() {
        var table = StreamTable<Numbers>()
        _ = table.change(7) { $0.append(1) }
        #expect(table[7] == nil)
        #expect(table.isEmpty)
        #expect(table.removeValue(forKey: 7) == nil)
    }

    @Test func `numbers that fall on the same place are told apart`() {
        var table = StreamTable<Numbers>()
        // All of them have the same lowest bits, before and after it has grown.
        let numbers = (1...100 as ClosedRange<UInt32>).map { $0 << 12 | 5 }
        for number in numbers { table.insert([Int(number)], for: number) }
        for number in numbers where number >> 12 & 1 == 0 { table.removeValue(forKey: number) }
        for number in numbers { #expect(table[number] == (number >> 12 & 1 == 0 ? nil : [Int(number)])) }
    }
}
