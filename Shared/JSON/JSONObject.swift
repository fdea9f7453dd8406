public import Bytes

/// The members of a JSON object in their order, no name twice.
public struct JSONObject: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public let name: ByteString
        public var value: JSONValue

        public init(name: ByteString, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var members: [Member]

    public init() { members = [] }

    /// Of two members with one name the later value stays, at the place of the earlier.
    public init(_ members: [(ByteString, JSONValue)]) {
        self.members = []
        self.members.reserveCapacity(members.count)
        var places: [ByteString: Int] = [:]
        for (name, value) in members {
            if let place = places[name] {
                self.members[place].value = value
            } else {
                places[name] = self.members.count
                self.members.append(Member(name: name, value: value))
            }
        }
    }

    /// For the parser, which has made sure that no name is there twice.
    init(unique members: [Member]) { self.members = members }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var names: [ByteString] { members.map(\.name) }

    /// The value of a member. Setting a new name appends it; setting nil removes the member.
    public subscript(_ name: ByteString) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let place = members.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}
