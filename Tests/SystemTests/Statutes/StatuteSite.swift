import FoundationEssentials
import IngotCore
import IngotSamples
import IngotTesting
import StandInSite
import Testing

/// Generated statutes on a stand-in for their publisher's site.
struct StatuteSite: Sendable {
    /// How large: a few chapters in the usual run, as many as the real statutes have when the environment says so.
    static let chapters = environment("INGOT_CHAPTERS") ?? 60
    static let sections = environment("INGOT_STATUTES") ?? 600

    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    let statutes: SampleStatutes
    let folder: String
    /// Paths of the chapters' pages below the site's address.
    let chapterPaths: [String]
    /// Of all pages, with the index and those of titles.
    let pageCount: Int

    init(
        in folder: TemporaryFolder,
        chapters: Int = StatuteSite.chapters,
        sections: Int = StatuteSite.sections,
        withSupplement: Bool = false
    ) throws {
        statutes = SampleStatutes(seed: 3, chapters: chapters, sections: sections)
        self.folder = folder.path("site")
        let paths = try statutes.write(toFolder: self.folder, withSupplement: withSupplement)
        pageCount = paths.count
        chapterPaths = paths.filter { $0.hasPrefix("current/") && ($0.contains("/chap_") || $0.contains("/art_")) }
    }

    func serving<Value>(
        _ faults: SiteFaults = .none,
        _ body: (StandInSite) async throws -> Value
    ) async throws -> Value {
        try await StandInSite.serving(folder, as: .connecticut, faults: faults, body)
    }

    /// The key under which a section is found.
    static func key(of section: SampleStatutes.Section) -> String {
        let numbers = section.numbers.map { $0.lowercased() }
        return "/us/ct/cgs/s" + numbers.joined(separator: section.form == .range ? "..." : ",")
    }

    /// The keys in an export, which can be too long to be parsed in a test.
    static func keys(ofExport export: String) -> Set<String> {
        let mark = "\"key\":\""
        return Set(
            export.split(separator: "\n").compactMap { line in
                line.firstRange(of: mark).map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
            }
        )
    }

    /// An export without the address of the site, by which two of one corpus differ.
    static func export(_ ingot: IngotCommandLine, without site: StandInSite) async throws -> String {
        try await ingot.run("export", "cga").output.replacing(site.address, with: "SITE")
    }
}

extension StandInSite {
    /// Requests for pages, without robots.txt.
    var pageRequests: [SiteRequest] { log.requests.filter { $0.path != "/robots.txt" } }
}
