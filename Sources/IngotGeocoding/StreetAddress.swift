/// An address as police portals write it, as a geocoder understands it.
enum StreetAddress {
    /// `2100-BLK SAMPLE ST` and `2100 BLOCK SAMPLE ST` are looked up as the block's first house, `A AVE/B RD` as a
    /// crossing.
    static func lookupText(_ address: String) -> String {
        var words = address.split { $0.isWhitespace }.map(String.init)
        if let first = words.first, first.uppercased().hasSuffix("-BLK") { words[0] = String(first.dropLast(4)) }
        if words.count > 1, ["BLK", "BLOCK"].contains(words[1].uppercased()) { words.remove(at: 1) }
        return words.joined(separator: " ").split(separator: "/").joined(separator: " & ")
    }
}
