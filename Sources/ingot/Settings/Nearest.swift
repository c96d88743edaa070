/// The name that somebody may have meant.
enum Nearest {
    /// - Returns: `nil` when none is near.
    static func name(to text: String, among names: [String]) -> String? {
        let text = text.lowercased()
        let ranked = names.map { name in
            let member = name.split(separator: ".").last.map(String.init) ?? name
            return (name: name, distance: min(distance(text, name.lowercased()), distance(text, member.lowercased())))
        }
        // A setting may have been put into the wrong section, or into none.
        if let inner = names.first(where: { $0.lowercased().hasSuffix("." + text) }) { return inner }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
            best.distance <= max(1, min(text.count, best.name.count) / 3)
        else { return nil }
        return best.name
    }

    /// How many characters have to be put in, taken out, replaced or swapped with their neighbour.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var least = min(above[column + 1] + 1, current[column] + 1)
                least = min(least, above[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, before[column - 1] + 1)
                }
                current.append(least)
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
