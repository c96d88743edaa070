import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import Testing

@Suite("A title that somebody tampered with", .fillsTheMachine)
struct DoctoredTitleTests {
    /// What is done to a title, and the finding that must tell.
    struct Tampering: Sendable, CustomTestStringConvertible {
        var name: String
        var rule: String

        var testDescription: String { name }

        static let all = [
            Tampering(name: "cut", rule: "announced_missing"), Tampering(name: "duplicate", rule: "node_twice"),
            Tampering(name: "blank", rule: "piece_empty"),
        ]
    }

    /// Rewrites the document of a zip: cuts a section out, writes it twice, or takes the text of a paragraph away.
    ///
    /// - Returns: the identifier of the section that it was done to.
    private func tamper(_ kind: String, _ source: String, into target: String) async throws -> String {
        let program = """
            import copy, sys, zipfile
            import xml.etree.ElementTree as tree
            kind, source, target = sys.argv[1:4]
            def name(e): return e.tag.rsplit("}", 1)[-1]
            def sections(e):
                for c in e:
                    if name(c) in ("note", "notes", "quotedContent", "toc", "meta"): continue
                    if name(c) == "section": yield e, c
                    else: yield from sections(c)
            def pieces(e):
                for c in e:
                    if name(c) in ("note", "notes", "quotedContent"): continue
                    if name(c) in ("paragraph", "subsection"): yield c
                    yield from pieces(c)
            with zipfile.ZipFile(source) as archive:
                entry = [n for n in archive.namelist() if n.endswith(".xml")][0]
                root = tree.fromstring(archive.read(entry))
            whole = [(p, s) for p, s in sections(root)
                     if s.get("identifier") and not s.get("status") and any(True for _ in pieces(s))]
            parent, section = whole[len(whole) // 2]
            if kind == "cut":
                parent.remove(section)
            elif kind == "duplicate":
                parent.insert(list(parent).index(section) + 1, copy.deepcopy(section))
            else:
                piece = [p for p in pieces(section) if not any(True for _ in pieces(p))][0]
                for child in list(piece):
                    if name(child) != "num": piece.remove(child)
                piece.text = None
                for child in piece: child.tail = None
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(entry, tree.tostring(root, encoding="utf-8", xml_declaration=True))
            print(section.get("identifier"))
            """
        let result = try await Subprocess.run(
            .name("python3"),
            arguments: ["-c", program, kind, source, target],
            output: .string(limit: 4096),
            error: .string(limit: 1 << 16)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        return String(result.standardOutput.prefix { !$0.isNewline })
    }

    /// Ingests a sound release, then the same one with one title tampered with.
    private func check(_ tampering: Tampering, release: String, file: String, title: String) async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await ingot.run("ingest", "usc", "--from", release, "--title", title)
        let before = try await ingot.run("export", "usc").output

        try folder.write("doctored/.keep", "")
        let key = try await tamper(tampering.name, "\(release)/\(file)", into: folder.path("doctored/\(file)"))
        #expect(key.hasPrefix("/us/usc/t\(title)/s"))
        try await ingot.run("ingest", "usc", "--from", folder.path("doctored"), expecting: 1)
        let error = try #require(try await ingot.newestJob().error)
        #expect(error.code == "validation_failed")
        #expect(error.unit == title)
        let findings = (error.details ?? []).filter { $0["rule"]?.stringValue == tampering.rule }
        let keys = findings.flatMap { $0["keys"]?.arrayValue ?? [] }.compactMap(\.stringValue)
        #expect(keys.contains { $0 == key || $0.hasPrefix(key + "~") }, "\(key) is not in \(error.details ?? [])")

        #expect(try await ingot.run("export", "usc").output == before)
        #expect(try await ingot.run("verify", "usc").output.contains(" 0 problems"))
    }

    @Test("fails the gate with the finding that says what, and readers notice nothing", arguments: Tampering.all)
    func sample(tampering: Tampering) async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-5")
        try await check(tampering, release: release, file: "xml_usc01@900-5.zip", title: "1")
    }

    @Test(
        "fails the gate when it is a real one",
        .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout"),
        arguments: Tampering.all
    )
    func real(tampering: Tampering) async throws {
        let release = (SharedFolder.path ?? "") + "/data/usc-olrc/rp-119-36"
        try await check(tampering, release: release, file: "xml_usc03@119-36.zip", title: "3")
    }
}
