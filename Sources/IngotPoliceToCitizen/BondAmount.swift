/// A bond as portals write it: `$1,500.00`, `NO BOND`, `N/A`.
enum BondAmount {
    /// In dollars with two digits, for example `1500.00`; “no bond” is `0.00`.
    ///
    /// - Returns: `nil` for what is no amount.
    static func dollars(_ text: String) -> String? {
        let text = text.split { $0.isWhitespace }.joined(separator: " ").uppercased()
        if ["", "NO BOND", "N/A", "NONE"].contains(text) { return "0.00" }
        let digits = text.filter { $0 != "$" && $0 != "," && $0 != " " }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty, parts[0].utf8.count <= 12,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let whole = Int64(parts[0])
        else { return nil }
        let cents = parts.count > 1 ? parts[1] : ""
        guard cents.utf8.count <= 2 else { return nil }
        return "\(whole).\(cents)" + String(repeating: "0", count: 2 - cents.utf8.count)
    }
}
