import IngotCore
import IngotMarkup

/// The site's page of a release point: which titles it has, where, and which of them it changed.
///
/// https://uscode.house.gov/download/download.shtml is that of the current one; each prior one has its own, of the
/// same shape.
struct USCodeDownloadPage {
    static let path = "download/download.shtml"
    /// The release point that was asked for, or the newest that the page links to.
    let release: ReleasePoint
    /// The files of that release point, in the Code's order, one a unit.
    let files: [USCodeFile]
    /// The day of the release point, `YYYY-MM-DD`.
    let date: String?
    /// What the page says of the release point.
    let description: String?
    /// The units that the release point changed, in the Code's order.
    let changed: [USCodeUnit]

    /// - Parameters:
    ///   - folder: where the page is below the site's address, for its relative links.
    ///   - wanted: the release point that the page must be of; `nil` for the newest in it.
    /// - Throws: `JobFailure` `upstream_maintenance`, `upstream_page_changed`, or what ``HTMLDocument`` throws.
    init(_ page: [UInt8], in folder: String = "download", of wanted: ReleasePoint? = nil) throws {
        let root = try HTMLDocument(page).root
        var found: [(file: USCodeFile, isChanged: Bool)] = []
        var isChanged = false
        root.forEach { element in
            // The rows' markup may be broken, their order is not: a title's name comes before its links.
            if let row = element.classes.first(where: { $0.hasPrefix("usctitle") }) {
                isChanged = row.hasSuffix("changed")
            }
            if element.name == "a", let link = element.attributes["href"],
                let file = Self.sitePath(link, in: folder).flatMap({ USCodeFile(path: $0) })
            {
                found.append((file, isChanged))
            }
        }
        let releases = Set(found.map(\.file.release))
        guard let release = wanted.map({ releases.contains($0) ? $0 : nil }) ?? releases.max() else {
            let path = wanted.map(Self.path) ?? Self.path
            throw Self.failure(root, path: path, lacks: "link to any title's XML")
        }
        self.release = release
        found.removeAll { $0.file.release != release }
        files = USCodeFile.onePerUnit(found.map(\.file))
        changed = Set(found.filter(\.isChanged).map(\.file.unit)).sorted()
        let heading = Self.heading(root)
        description = heading
        date = heading.flatMap { ReleaseDate.first(in: $0) }
    }

    /// Where a prior release point's page is.
    static func path(of release: ReleasePoint) -> String {
        "\(release.folder)/usc-rp@\(release.label).htm"
    }

    /// For example `Public Law 119-108 (09/11/2026)`.
    private static func heading(_ root: HTMLElement) -> String? {
        let named = root.elements { $0.classes.contains("releasepointinformation") }
        let headings = root.elements { ["h1", "h2", "h3", "h4"].contains($0.name) }
        return (named + headings).map(\.text).first { $0.hasPrefix("Public Law") || $0.hasPrefix("Pub. L.") }
    }

    /// Resolves a link of a page to a path below the site's address; `nil` for links to other sites.
    static func sitePath(_ link: String, in folder: String = "download") -> String? {
        var link = link.prefix { $0 != "#" && $0 != "?" }.drop { $0.isWhitespace }
        while link.last?.isWhitespace == true { link = link.dropLast() }
        var parts = folder.split(separator: "/")
        for site in ["https://uscode.house.gov/", "http://uscode.house.gov/", "//uscode.house.gov/", "/"]
        where link.hasPrefix(site) {
            link = link.dropFirst(site.count)
            parts = []
            break
        }
        guard !link.contains(":"), !link.hasPrefix("/") else { return nil }
        // The pages of prior release points are copies of the current one's, which is further up.
        if link.hasPrefix("releasepoints/") { parts = ["download"] }
        for part in link.split(separator: "/") where part != "." {
            if part == ".." {
                guard !parts.isEmpty else { return nil }
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/").replacing("%40", with: "@")
    }

    /// Why a page does not hold what it should.
    ///
    /// - Parameters:
    ///   - path: where the page is below the site's address.
    ///   - thing: what is not in it.
    static func failure(_ root: HTMLElement, path: String, lacks thing: String) -> JobFailure {
        let text = root.text.lowercased()
        if text.contains("under maintenance") || text.contains("currently unavailable") {
            return JobFailure(
                code: "upstream_maintenance",
                message: "The site of the Code says that it is under maintenance.",
                advice: "Try again later.",
                isTransient: true
            )
        }
        return JobFailure(
            code: "upstream_page_changed",
            message: "The page \(path) of the Code's site has no \(thing).",
            advice: "Look at it in a browser; if the page has a new shape, the source has to learn it."
        )
    }
}

extension USCodeFile {
    /// In the Code's order; of several files of one unit the first.
    static func onePerUnit(_ files: [USCodeFile]) -> [USCodeFile] {
        var units: Set<USCodeUnit> = []
        return files.filter { units.insert($0.unit).inserted }.sorted { $0.unit < $1.unit }
    }
}
