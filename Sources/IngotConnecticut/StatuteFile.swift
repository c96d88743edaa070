import IngotFetch

/// The files of the statutes' site, by their names: `titles.htm`, `title_42a.htm`, `chap_952.htm`, `art_002a.htm`.
///
/// The site takes names without regard to case, so they are lower-cased everywhere.
enum StatuteFile: Equatable {
    case index
    case title(String)
    case division(StatuteDivision)

    init?(name: String) {
        let name = name.lowercased()
        guard let stem = [".htm", ".html"].first(where: { name.hasSuffix($0) }).map({ name.dropLast($0.count) }) else {
            return nil
        }
        if stem == "titles" {
            self = .index
            return
        }
        let parts = stem.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let number = String(parts[1].drop { $0 == "0" })
        guard number.first?.isNumber == true, number.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            return nil
        }
        switch parts[0] {
        case "title": self = .title(number)
        case "chap": self = .division(StatuteDivision(isArticle: false, number: number))
        case "art": self = .division(StatuteDivision(isArticle: true, number: number))
        default: return nil
        }
    }

    /// What a page of this kind holds in any case.
    var marker: String {
        switch self {
        case .index: "toc_ttl_desig"
        case .title: "title-no"
        case .division: "chap-no"
        }
    }
}

/// One of the two trees of pages: the statutes, and what the yearly Supplement prints anew.
struct StatuteTree: Equatable {
    /// Below the site's address, without slashes around it: `current/pub`, `2026/sup`.
    var folder: String
    /// In front of the names of its files, where both trees' lie together; empty for the statutes themselves.
    var prefix: String

    static let main = StatuteTree(folder: "current/pub", prefix: "")

    static func supplement(folder: String) -> StatuteTree {
        StatuteTree(folder: folder, prefix: folder.split(separator: "/").joined(separator: "-") + "-")
    }

    /// - Parameter name: as linked.
    func file(_ name: String) -> UpstreamFile {
        let name = name.lowercased()
        return UpstreamFile(
            name: prefix + name,
            path: "\(folder)/\(name)",
            // A page that was cut off has no end.
            sign: StatuteFile(name: name).map { .words([$0.marker, "</html"]) }
        )
    }
}
