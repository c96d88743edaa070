import FoundationEssentials
import IngotCore
import IngotYAML
import Testing

/// What wakes people is explained, and nothing else is.
@Suite("The runbook")
struct RunbookTests {
    private static let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    private static func text(_ path: String) throws -> String {
        let bytes = try #require(FileManager.default.contents(atPath: "\(root)/\(path)"), "\(path) is missing")
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The alerts with the annotations of each.
    private static func alerts() throws -> [(name: String, annotations: JSONValue)] {
        let rules = try YAMLDocument.parse(Array(text("monitoring/alerts.yaml").utf8))
        return (rules["groups"]?.arrayValue ?? []).flatMap { $0["rules"]?.arrayValue ?? [] }.compactMap { rule in
            rule["alert"]?.stringValue.map { ($0, rule["annotations"] ?? .null) }
        }
    }

    /// The parts of the runbook by their headings.
    private static func parts() throws -> [(heading: String, text: String)] {
        try text("docs/runbook.md").split(separator: "\n## ").dropFirst().map { part in
            let heading = part.prefix { $0 != "\n" }
            return (String(heading), String(part.dropFirst(heading.count)))
        }
    }

    @Test("has one heading for each alert, in the same order")
    func headings() throws {
        let alerts = try Self.alerts().map(\.name)
        #expect(alerts.count > 10)
        #expect(try Self.parts().map(\.heading) == alerts)
    }

    @Test("says of each alert what it means, how to look and what to do")
    func parts() throws {
        for (heading, text) in try Self.parts() {
            #expect(text.contains("**Means.**"), "\(heading)")
            #expect(text.contains("**Look.**"), "\(heading)")
            #expect(text.contains("**Do.**") || text.contains("**do**"), "\(heading)")
        }
    }

    @Test("is where the alerts say")
    func addresses() throws {
        for (name, annotations) in try Self.alerts() {
            let address = annotations["runbook_url"]?.stringValue ?? ""
            #expect(address.hasSuffix("docs/runbook.md#\(name.lowercased())"), "\(name)")
        }
    }

    @Test("and the other pages lead nowhere where there is nothing")
    func links() throws {
        var pages: [String: String] = [:]
        let guide = try FileManager.default.contentsOfDirectory(atPath: Self.root + "/docs")
            .filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }
        for page in guide + ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "container/README.md"] {
            pages[page] = try Self.text(page)
        }
        var count = 0
        for (page, text) in pages {
            let folder = page.split(separator: "/").dropLast().joined(separator: "/")
            for match in text.matches(of: /\]\(([^)\s]+)\)/) {
                let target = String(match.1)
                if target.contains("://") || target.hasPrefix("mailto:") { continue }
                count += 1
                let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
                    String.init
                )
                let path = parts[0].isEmpty ? page : Self.normal(folder.isEmpty ? parts[0] : folder + "/" + parts[0])
                #expect(
                    FileManager.default.fileExists(atPath: "\(Self.root)/\(path)"),
                    "\(page) leads to \(target)"
                )
                guard parts.count == 2, path.hasSuffix(".md") else { continue }
                let anchors = try Self.anchors(pages[path] ?? Self.text(path))
                #expect(anchors.contains(parts[1]), "\(page) leads to \(target)")
            }
        }
        #expect(count > 20)
    }

    /// A path without `..`.
    private static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    /// What headings are called in links: lower case, blanks as hyphens, no other signs.
    private static func anchors(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
                heading.drop { $0 == "#" }.dropFirst().lowercased().replacing(" ", with: "-")
                    .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            }
        )
    }
}
