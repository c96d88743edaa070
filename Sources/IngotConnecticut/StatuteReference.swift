import IngotLaw

/// Where the links of the statutes' pages lead.
enum StatuteReference {
    /// A link of a page: `chap_952.htm#sec_53a-28`, `chap_014.htm`, `#sec_1-2`.
    static func link(_ href: String, text: String) -> LawReference {
        let target = target(of: href, text: text)
        return LawReference(href: href, text: text, kind: target == nil ? .other : .node, target: target)
    }

    /// The key to which a link inside a text leads; `nil` for what is not of the statutes.
    static func key(ofLink link: LawLink, in text: String) -> String? {
        let scalars = text.unicodeScalars.dropFirst(link.start).prefix(link.length)
        return target(of: link.href, text: String(String.UnicodeScalarView(scalars)))
    }

    /// The printed number wins over the anchor, which sometimes is that of another section.
    private static func target(of href: String, text: String) -> String? {
        let href = href.lowercased()
        let page = href.prefix { $0 != "#" && $0 != "?" }.split(separator: "/").last ?? ""
        let isStatutes = page.isEmpty || StatuteFile(name: String(page)) != nil
        guard isStatutes else { return nil }
        if let number = SectionDesignation.number(Substring(text)) ?? SectionDesignation(text)?.runs.first?.first[...] {
            return SectionDesignation.key(of: number)
        }
        if let mark = href.firstIndex(of: "#"),
            let designation = SectionDesignation(anchor: String(href[href.index(after: mark)...])),
            let first = designation.runs.first
        {
            return SectionDesignation.key(of: first.first)
        }
        switch StatuteFile(name: String(page)) {
        case .index?: return StatuteKey.corpus
        case .title(let number)?: return StatuteKey.title(number)
        case .division(let division)? where division.isArticle: return StatuteKey.division(division, title: "42a")
        case .division(let division)?: return StatuteKey.chapter(division.number)
        case nil: return nil
        }
    }
}
