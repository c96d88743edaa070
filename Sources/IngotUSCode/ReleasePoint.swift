/// A state of the Code as the Office of the Law Revision Counsel publishes it, named after the newest law in it:
/// `119-36`, `114-329not328` (without law 328), `118-22u1` (an update of the same state).
public struct ReleasePoint: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as published.
    public let label: String
    public let congress: Int
    public let law: Int
    /// Laws of the same congress that are not in it yet, ascending.
    public let exceptions: [Int]
    /// 0 for the first issue.
    public let update: Int

    /// The shape of a label, as a regular expression that programs in other languages know as well.
    public static let pattern = "^[1-9][0-9]{0,3}-[1-9][0-9]{0,4}(not[1-9][0-9]{0,4}){0,20}(u[1-9][0-9]?)?$"

    /// - Returns: `nil` when the text is not a label.
    public init?(_ label: some StringProtocol) {
        guard label.utf8.count <= 200 else { return nil }
        var rest = Substring(label)[...]
        guard let congress = Self.number(&rest, digits: 4), Self.word(&rest, "-"),
            let law = Self.number(&rest, digits: 5)
        else { return nil }
        var exceptions: [Int] = []
        while Self.word(&rest, "not") {
            guard let exception = Self.number(&rest, digits: 5) else { return nil }
            exceptions.append(exception)
        }
        var update = 0
        if Self.word(&rest, "u") {
            guard let number = Self.number(&rest, digits: 2) else { return nil }
            update = number
        }
        guard rest.isEmpty, exceptions.count <= 20 else { return nil }
        self.label = String(label)
        self.congress = congress
        self.law = law
        self.exceptions = exceptions.sorted()
        self.update = update
    }

    public var description: String { label }

    /// Older before newer: by congress, then by law; with the same law, a state with more exceptions is older than
    /// one with fewer, and an update comes after what it updates.
    public static func < (left: ReleasePoint, right: ReleasePoint) -> Bool {
        if left.congress != right.congress { return left.congress < right.congress }
        if left.law != right.law { return left.law < right.law }
        if left.exceptions != right.exceptions {
            if left.exceptions.count != right.exceptions.count {
                return left.exceptions.count > right.exceptions.count
            }
            // The one that lacks the older laws is the older one.
            return left.exceptions.lexicographicallyPrecedes(right.exceptions)
        }
        if left.update != right.update { return left.update < right.update }
        return left.label < right.label
    }

    /// The folder of its files below the site's address, for example `download/releasepoints/us/pl/119/36`.
    public var folder: String {
        "download/releasepoints/us/pl/\(congress)/\(label.drop { $0 != "-" }.dropFirst())"
    }

    private static func number(_ text: inout Substring, digits: Int) -> Int? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...digits).contains(number.count), number.first != "0" else { return nil }
        text = text[number.endIndex...]
        return Int(number)
    }

    private static func word(_ text: inout Substring, _ word: String) -> Bool {
        guard text.hasPrefix(word) else { return false }
        text = text.dropFirst(word.count)
        return true
    }
}
