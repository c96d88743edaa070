import IngotCore
import IngotMarkup

/// The site's list of prior release points.
///
/// https://uscode.house.gov/download/priorreleasepoints.htm. The current one stands in it as a comment until the next
/// one comes, and some stand in it twice, with different titles.
struct USCodePriorReleases {
    static let path = "download/priorreleasepoints.htm"
    /// As the page has them, one entry a label.
    let entries: [SourceRelease]

    /// - Throws: `JobFailure` `upstream_maintenance`, `upstream_page_changed`, or what ``HTMLDocument`` throws.
    init(_ page: [UInt8]) throws {
        let root = try HTMLDocument(page).root
        var entries: [SourceRelease] = []
        for item in root.elements(where: Self.isEntry) {
            let entry = Self.entry(item)
            if let known = entries.firstIndex(where: { $0.label == entry.label }) {
                entries[known].add(entry)
            } else {
                entries.append(entry)
            }
        }
        if entries.isEmpty, root.elements(where: { $0.classes.contains("releasepoints") }).isEmpty {
            throw USCodeDownloadPage.failure(root, path: Self.path, lacks: "list of release points")
        }
        self.entries = entries
    }

    private static func isEntry(_ element: HTMLElement) -> Bool {
        guard element.name == "li" else { return false }
        return element.classes.contains("releasepoint") || link(in: element)?.contains("usc-rp@") == true
    }

    private static func link(in item: HTMLElement) -> String? {
        item.elements { $0.name == "a" && $0.attributes["href"] != nil }.first?.attributes["href"]
    }

    private static func entry(_ item: HTMLElement) -> SourceRelease {
        let text = item.text
        return SourceRelease(
            label: link(in: item).flatMap(label(ofLink:)) ?? label(inText: text) ?? text,
            date: ReleaseDate.first(in: text),
            units: units(in: text).map(\.id),
            description: text
        )
    }

    /// `119-36` of `releasepoints/us/pl/119/36/usc-rp@119-36.htm`.
    private static func label(ofLink link: String) -> String? {
        let name = (link.split(separator: "/").last ?? "").replacing("%40", with: "@")
        guard let at = name.firstIndex(of: "@") else { return nil }
        let label = name[name.index(after: at)...].prefix { $0 != "." && $0 != "#" && $0 != "?" }
        return label.isEmpty ? nil : String(label)
    }

    /// The law that an entry without a good link names.
    private static func label(inText text: String) -> String? {
        let words = text.split { $0.isWhitespace || $0 == "," || $0 == "(" }
        return words.compactMap { ReleasePoint($0)?.label }.first
    }

    /// The units after the last “affecting”.
    static func units(in text: String) -> [USCodeUnit] {
        let words = text.split { !$0.isLetter && !$0.isNumber }
        guard let start = words.lastIndex(where: { $0.lowercased() == "affecting" }) else { return [] }
        var units: Set<USCodeUnit> = []
        for word in words[(start + 1)...] {
            if let unit = USCodeUnit(word) {
                units.insert(unit)
            } else if !["title", "titles", "and"].contains(word.lowercased()) {
                break
            }
        }
        return units.sorted()
    }
}

extension SourceRelease {
    /// Takes over what another entry of the same release says besides.
    fileprivate mutating func add(_ other: SourceRelease) {
        date = date ?? other.date
        units = Set((units + other.units).compactMap { USCodeUnit($0) }).sorted().map(\.id)
        if let words = other.description, words != description {
            description = [description, words].compactMap { $0 }.joined(separator: " ")
        }
    }
}
