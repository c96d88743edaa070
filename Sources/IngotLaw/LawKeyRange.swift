extension LawKeyRange {
    /// Whether the range holds the key.
    public func contains(_ key: String) -> Bool {
        key == first || key == last
            || !Self.isOrdered(key, before: first) && !Self.isOrdered(last, before: key)
    }

    /// Orders keys as people read them: a run of digits counts by its value, and of the letters after it the shorter
    /// run comes first, so that `s9 < s10 < s10a < s10z < s10aa`.
    public static func isOrdered(_ left: String, before right: String) -> Bool {
        var left = left.utf8[...]
        var right = right.utf8[...]
        while let one = left.first, let other = right.first {
            if isDigit(one), isDigit(other) {
                let numbers = (takeNumber(&left), takeNumber(&right))
                if numbers.0.count != numbers.1.count { return numbers.0.count < numbers.1.count }
                for (one, other) in zip(numbers.0, numbers.1) where one != other { return one < other }
                let letters = (left.prefix(while: isLetter).count, right.prefix(while: isLetter).count)
                if letters.0 != letters.1 { return letters.0 < letters.1 }
            } else {
                guard one == other else { return one < other }
                left.removeFirst()
                right.removeFirst()
            }
        }
        return left.isEmpty && !right.isEmpty
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Takes the digits from the front; without leading zeros, so that their count compares first.
    private static func takeNumber(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
        let number = text.prefix(while: isDigit)
        text = text[number.endIndex...]
        return number.drop { $0 == 0x30 }
    }
}
