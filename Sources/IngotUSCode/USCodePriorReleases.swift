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

    /// - Throws: `JobFailure` `upstream_maintenance`, or what ``HTMLDocument`` throws.
    init(_ page: [UInt8]) throws {
        let root = try HTMLDocument(page).root
        var entries: [SourceRelease] = []
        for item in root.elements(where: { $0.name == "li" && $0.classes.contains("releasepoint") }) {
            let entry = Self.entry(item)
            if let known = entries.firstIndex(where: { $0.label == entry.label }) {
                entries[known].add(entry)
            } else {
                entries.append(entry)
            }
        }
        if entries.isEmpty { try USCodeDownloadPage.refuseMaintenance(root) }
        self.entries = entries
    }

    private static func entry(_ item: HTMLElement) -> SourceRelease {
        let text = item.text
        let link = item.elements { $0.name == "a" && $0.attributes["href"] != nil }.first?.attributes["href"]
        return SourceRelease(
            label: link.flatMap(label(ofLink:)) ?? label(inText: text) ?? text,
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
