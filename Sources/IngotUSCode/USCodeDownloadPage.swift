import IngotCore

/// The site's page of the current release point: which titles there are, and where.
///
/// https://uscode.house.gov/download/download.shtml
struct USCodeDownloadPage {
    static let path = "download/download.shtml"
    /// The newest release point that the page links to.
    let release: ReleasePoint
    /// The files of that release point, in the Code's order, one a unit.
    let files: [USCodeFile]

    /// - Throws: `JobFailure` `upstream_maintenance` or `upstream_page_changed`.
    init(_ page: [UInt8]) throws {
        let found = LinkScanner.links(in: page).compactMap(Self.sitePath).compactMap { USCodeFile(path: $0) }
        guard let release = found.map(\.release).max() else {
            throw Self.isMaintenanceNotice(page) ? Self.maintenance : Self.changed
        }
        self.release = release
        files = USCodeFile.onePerUnit(found.filter { $0.release == release })
    }

    /// Resolves a link of the page to a path below the site's address; `nil` for links to other sites.
    static func sitePath(_ link: String) -> String? {
        var link = link.prefix { $0 != "#" && $0 != "?" }.drop { $0.isWhitespace }
        while link.last?.isWhitespace == true { link = link.dropLast() }
        var parts: [Substring] = ["download"]
        for site in ["https://uscode.house.gov/", "http://uscode.house.gov/", "//uscode.house.gov/", "/"]
        where link.hasPrefix(site) {
            link = link.dropFirst(site.count)
            parts = []
            break
        }
        guard !link.contains(":"), !link.hasPrefix("/") else { return nil }
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

    private static func isMaintenanceNotice(_ page: [UInt8]) -> Bool {
        let text = String(decoding: page, as: UTF8.self).lowercased()
        return text.contains("under maintenance") || text.contains("currently unavailable")
    }

    private static let maintenance = JobFailure(
        code: "upstream_maintenance",
        message: "The site of the Code says that it is under maintenance.",
        advice: "Try again later.",
        isTransient: true
    )

    private static let changed = JobFailure(
        code: "upstream_page_changed",
        message: "The download page of the Code has no link to any title's XML.",
        advice: "Look at \(path) in a browser; if the page has a new shape, the source has to learn it."
    )
}

extension USCodeFile {
    /// In the Code's order; of several files of one unit the first.
    static func onePerUnit(_ files: [USCodeFile]) -> [USCodeFile] {
        var units: Set<USCodeUnit> = []
        return files.filter { units.insert($0.unit).inserted }.sorted { $0.unit < $1.unit }
    }
}
