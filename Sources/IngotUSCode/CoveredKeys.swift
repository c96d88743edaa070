import IngotLaw

/// The other keys that a node stands for, besides its own.
///
/// A repealed range is one element (`s471...474b`, in 2013 `s471 to 474b`, `s48, 49`), an element can have two
/// identifiers, the sections of a compiled act are cited without the act's titles, and people write `-` where the
/// Code's numbers have an en dash.
enum CoveredKeys {
    /// - Parameters:
    ///   - identifier: with its document named; `nil` when the element has none.
    ///   - number: the value of the element's number, which names an element without identifier.
    ///   - scope: the key of the document, act or body of rules within which sections are numbered.
    static func ranges(
        key: String,
        level: String,
        identifier: String?,
        number: String?,
        scope: String
    ) -> [LawKeyRange] {
        if let identifier, identifier == key, isPlain(key, number: number, level: level, scope: scope) { return [] }
        var ranges: [LawKeyRange] = []
        func add(_ first: String, _ last: String) {
            let range = LawKeyRange(first: first, last: last)
            if first != key || last != key, !ranges.contains(range) { ranges.append(range) }
        }
        for part in identifier.map(parts) ?? [] {
            add(String(part), String(part))
            guard let mark = mark(level), let slash = part.lastIndex(of: "/") else { continue }
            let step = part[slash...].dropFirst().prefix { $0 != "~" }
            guard step.hasPrefix(mark) else { continue }
            let runs = SectionNumbers(withoutMarks(step.dropFirst(mark.count), mark)).runs
            guard runs.count > 1 || runs.contains(where: { $0.first != $0.last }) else { continue }
            for run in runs { add("\(part[..<slash])/\(mark)\(run.first)", "\(part[..<slash])/\(mark)\(run.last)") }
        }
        // Contents and other laws cite by number alone what an act's identifiers put into its titles and parts.
        if let number, let mark = mark(level), identifier == nil || !isNumberedIn(scope, identifier ?? "") {
            for run in SectionNumbers(number).runs {
                add("\(scope)/\(mark)\(run.first)", "\(scope)/\(mark)\(run.last)")
            }
        }
        for range in ranges + [LawKeyRange(first: key, last: key)] where hasDash(range) {
            add(withHyphens(range.first), withHyphens(range.last))
        }
        return ranges
    }

    /// Whether a node is known by its key alone, which is so of nearly all: a single number in the key's last step, of
    /// ASCII letters and digits only, and no other number by which it could be cited.
    private static func isPlain(_ key: String, number: String?, level: String, scope: String) -> Bool {
        var slashes = 0
        for byte in key.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: continue
            case 0x2F: slashes += 1
            default: return false
            }
        }
        guard number != nil, mark(level) != nil else { return true }
        return key.utf8.starts(with: scope.utf8) && slashes == scope.utf8.count { $0 == 0x2F } + 1
            && key.utf8.dropFirst(scope.utf8.count).first == 0x2F
    }

    /// Whether an identifier's last step comes right after the scope.
    private static func isNumberedIn(_ scope: String, _ identifier: String) -> Bool {
        identifier.hasPrefix(scope + "/") && !identifier.dropFirst(scope.count + 1).contains("/")
    }

    /// What the last step of a section's or a rule's key begins with; `nil` for other levels.
    static func mark(_ level: String) -> String? {
        switch level {
        case "section": "s"
        case "courtRule": "rule"
        default: nil
        }
    }

    /// The identifiers in an attribute that holds several.
    private static func parts(_ identifier: String) -> [Substring] {
        var parts: [Substring] = []
        for word in identifier.split(separator: " ") {
            if word.hasPrefix("/") || parts.isEmpty {
                parts.append(word)
            } else {
                // `/us/usc/t24/s45 to 46b` is one.
                parts[parts.count - 1] = identifier[parts[parts.count - 1].startIndex..<word.endIndex]
            }
        }
        return parts
    }

    /// `471...s474b` as `471...474b`.
    private static func withoutMarks(_ numbers: Substring, _ mark: String) -> Substring {
        numbers.contains("...\(mark)") ? numbers.replacing("...\(mark)", with: "...") : numbers
    }

    private static func hasDash(_ range: LawKeyRange) -> Bool {
        range.first.utf8.contains(0xE2) && range.first.contains("–")
            || range.last.utf8.contains(0xE2) && range.last.contains("–")
    }

    private static func withHyphens(_ key: String) -> String { key.replacing("–", with: "-") }
}
