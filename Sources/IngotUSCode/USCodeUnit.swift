/// A title of the Code or the appendix of one: `42`, `5a`.
///
/// Ordered as the Code is: 5, 5a, 6.
struct USCodeUnit: Hashable, Comparable, Sendable {
    let title: Int
    let isAppendix: Bool

    /// Reads `42`, `05`, `5a`, `05A`.
    init?(_ text: some StringProtocol) {
        let isAppendix = text.last == "a" || text.last == "A"
        let digits = isAppendix ? text.dropLast() : text[...]
        guard (1...3).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let title = Int(digits), title > 0
        else { return nil }
        self.title = title
        self.isAppendix = isAppendix
    }

    var id: String { "\(title)\(isAppendix ? "a" : "")" }

    /// As in the names of files: `05a`.
    var fileID: String { title < 10 ? "0\(id)" : id }

    static func < (left: USCodeUnit, right: USCodeUnit) -> Bool {
        (left.title, left.isAppendix ? 1 : 0) < (right.title, right.isAppendix ? 1 : 0)
    }

    /// The titles that the Code has (53 is reserved) and the appendices that it has or had.
    static let all: [USCodeUnit] = {
        let names = (1...54).filter { $0 != 53 }.map { "\($0)" } + ["5a", "11a", "18a", "28a", "50a"]
        return names.compactMap { USCodeUnit($0) }.sorted()
    }()
}
