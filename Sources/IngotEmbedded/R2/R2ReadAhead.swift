/// How many rows a listing asks of the index at once.
///
/// A common prefix makes the listing jump, and what was read behind it is wasted. So few rows are asked for after a
/// jump, and more and more while none comes.
struct R2ReadAhead: Equatable, Sendable {
    static let fewest = 4

    private(set) var rows = Int.max

    /// - Parameter most: what the page can still use.
    func limit(_ most: Int) -> Int { min(rows, most) }

    mutating func sawCommonPrefix() { rows = Self.fewest }

    mutating func sawNone() { rows = rows > Int.max / 2 ? Int.max : rows * 2 }
}
