/// What a client wants, as `Accept` says it (RFC 9110, section 12.5.1).
struct AcceptHeader {
    private struct Range {
        var type: Substring
        var subtype: Substring
        var quality: Double

        /// How exactly the range names a type: the most exact one decides.
        var precision: Int { type == "*" ? 0 : subtype == "*" ? 1 : 2 }
    }

    private let ranges: [Range]

    /// - Parameter header: its values, joined with commas; `nil` and empty: anything will do.
    init(_ header: String?) {
        let lowered = (header ?? "").lowercased()
        ranges = lowered.split(separator: ",").compactMap { item in
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let names = parts.first?.split(separator: "/"), names.count == 2 else { return nil }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            return Range(type: names[0], subtype: names[1], quality: quality ?? 1)
        }
    }

    /// The best of the types that are offered, the first of equally good ones; `nil` when none is wanted.
    ///
    /// - Parameter offers: as `type/subtype`, without parameters.
    func best<Offer>(of offers: [(Offer, type: String)]) -> Offer? {
        if ranges.isEmpty { return offers.first?.0 }
        var best: (offer: Offer, quality: Double)?
        for (offer, type) in offers {
            let quality = quality(of: type)
            if quality > best?.quality ?? 0 { best = (offer, quality) }
        }
        return best?.offer
    }

    private func quality(of name: String) -> Double {
        let parts = name.split(separator: "/")
        return
            ranges
            .filter { ($0.type == "*" || $0.type == parts[0]) && ($0.subtype == "*" || $0.subtype == parts[1]) }
            .max { $0.precision < $1.precision }?
            .quality ?? 0
    }
}
