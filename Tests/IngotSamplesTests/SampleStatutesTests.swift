import IngotMarkup
import IngotSamples
import IngotTesting
import Testing

@Suite("Sample statutes")
struct SampleStatutesTests {
    private func pages(_ statutes: SampleStatutes, withSupplement: Bool = false) -> [String: [UInt8]] {
        var pages: [String: [UInt8]] = [:]
        statutes.forEachPage(withSupplement: withSupplement) { pages[$0.path] = $0.bytes }
        return pages
    }

    private func documents(_ statutes: SampleStatutes) throws -> [String: HTMLDocument] {
        var documents: [String: HTMLDocument] = [:]
        for (path, bytes) in pages(statutes) {
            documents[String(path.split(separator: "/").last ?? "")] = try HTMLDocument(bytes)
        }
        return documents
    }

    /// What an address leads to, without regard to case as the real site does.
    private func place(_ address: String, on page: String) -> (file: String, anchor: String?) {
        let parts = address.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        return (parts[0].isEmpty ? page : parts[0].lowercased(), parts.count > 1 ? parts[1] : nil)
    }

    @Test("Equal ones give equal bytes; seeds, sizes and editions give others")
    func deterministic() {
        let statutes = SampleStatutes(seed: 1)
        let first = pages(statutes)
        #expect(pages(SampleStatutes(seed: 1)) == first)
        #expect(pages(SampleStatutes(seed: 2)) != first)
        #expect(pages(SampleStatutes(seed: 1, sections: 241)) != first)
        #expect(pages(SampleStatutes(seed: 1, edition: 2)) != first)
        // One known number: the generator is the same on every machine and in every version.
        #expect(first.values.reduce(0) { $0 + $1.count } == 392_609)
    }

    @Test(
        "Each section that is listed stands on its page under its number and its id",
        arguments: [1, 2, 7] as [UInt64]
    )
    func sectionsOnPages(seed: UInt64) throws {
        let statutes = SampleStatutes(seed: seed, chapters: 40, sections: 500, edition: 2)
        let documents = try documents(statutes)
        let listed = Dictionary(grouping: statutes.allSections, by: \.file)
        #expect(statutes.allSections.count >= 500)
        for (file, sections) in listed {
            let document = try #require(documents[file])
            let headings = document.root.elements { $0.classes.contains("catchln") }
            #expect(headings.compactMap { $0.attributes["id"] } == sections.map(\.anchor))
            #expect(headings.map(\.text) == sections.map(Self.heading))
            // The contents announce the same.
            let contents = document.root.elements { $0.classes.contains("toc_catchln") }
            #expect(contents.flatMap { $0.elements { $0.name == "a" } }.map(\.text) == sections.map(Self.heading))
            #expect(document.root.elements { $0.classes.contains("nav_tbl") }.count == sections.count)
            #expect(document.root.elements { $0.name == "div" }.map { $0.attributes["id"] } == [file])
        }
        let pages = documents.keys.filter { $0.hasPrefix("chap_") || $0.hasPrefix("art_") }
        #expect(Set(pages) == Set(listed.keys))
        #expect(pages.count == 40)
    }

    private static func heading(_ section: SampleStatutes.Section) -> String {
        let number =
            switch section.form {
            case .single: "Sec. \(section.numbers[0])."
            case .range: "Secs. \(section.numbers[0]) to \(section.numbers[1])."
            case .pair: "Secs. \(section.numbers[0]) and \(section.numbers[1])."
            }
        let former = section.formerly.map { "(Formerly Sec. \($0))." }
        return [number, former, section.caption].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
    }

    @Test("Links lead to pages and ids that there are")
    func links() throws {
        let statutes = SampleStatutes(seed: 3, chapters: 60, sections: 700)
        let documents = try documents(statutes)
        let ids = documents.mapValues { document in
            Set(document.root.elements { $0.attributes["id"] != nil }.compactMap { $0.attributes["id"] })
        }
        // A heading of several sections has one id; links to one of them lead to its page only, as there.
        let joint = Set(statutes.allSections.filter { $0.form != .single }.flatMap { $0.numbers.map { "sec_\($0)" } })
        var count = 0
        for (page, document) in documents {
            for link in document.root.elements(where: { $0.name == "a" }) {
                let (file, anchor) = place(try #require(link.attributes["href"]), on: page)
                let anchors = try #require(ids[file], "\(file) on \(page)")
                if let anchor, !joint.contains(anchor) { #expect(anchors.contains(anchor), "\(file)#\(anchor)") }
                count += 1
            }
        }
        #expect(count > 3000)
    }

    @Test("Each oddity of the real pages is there")
    func oddities() throws {
        let statutes = SampleStatutes(seed: 1)
        let pages = pages(statutes).mapValues { String(decoding: $0, as: UTF8.self) }
        for (path, page) in pages {
            #expect(page.utf8.starts(with: [0xEF, 0xBB, 0xBF]), "\(path)")
            #expect(page.utf8.dropFirst(3).allSatisfy { $0 < 0x80 }, "\(path)")
            #expect(page.replacing("\r\n", with: "").utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D }, "\(path)")
        }
        // Without the whole page in the report of a failure.
        func check(_ text: String, _ markup: String) {
            let isThere = text.contains(markup)
            #expect(isThere, "\(markup)")
        }
        func text(_ prefix: String) -> String {
            pages.filter { $0.key.hasPrefix("current/pub/\(prefix)") }.sorted { $0.key < $1.key }.map(\.value).joined()
        }
        let index = try #require(pages["current/pub/titles.htm"])
        for markup in [
            "Revised to January 1, 2025", "<span class=\"toc_ttl_desig\">Title 2a</span>", "Reserved for future use",
            "(<i>All sections repealed or obsolete</i>)", "href=\"Title_", "Articles 1 to ", "319yy", "<i>l</i>",
        ] {
            check(index, markup)
        }
        #expect(!index.contains("href=\"title_02a.htm\""))
        let titles = text("title_")
        for markup in [
            "<h1 class=\"title-no\">TITLE 1*</h1>", "front-note-first", "(<i>Conditionally Repealed</i>)",
            "<td>Reserved for future use</td>", "(Return to List of Titles)", "href=\"Chap_", "href=\"art_002a.htm\"",
        ] {
            check(titles, markup)
        }
        let chapters = text("chap_") + text("art_")
        for markup in [
            "<meta name=\"Number\" content=\"ARTICLE 2A\"/>", "content=\"319yy\"", "href =\"chap_", "href =\"Chap_",
            "&#x201C;", "&#x0027;", "&#160;", "&amp;", "<h3 class=\"part-no\">PART I*</h3>", "<h3 class=\"part-name\">",
            "<h4 class=\"subpart-no\">SUBPART A</h4>", "<h4 class=\"subpart-no\">(A)</h4>", "<b>Reserved</b>",
            "<b>Transferred</b>", "</span> Reserved for future use.", "</span> Transferred to Chapter ",
            ", Part I, Sec",
            ", inclusive, are repealed.", "(c) Repealed by P.A. ", "(Formerly Sec. 17-", "<p class=\"source-first\">",
            "<p class=\"source\">", "<p class=\"history-first\">History: ", "<p class=\"history\">",
            "<p class=\"annotation-first\">", "<p class=\"annotation\">", "<p class=\"cross-ref-first\">",
            "<p class=\"cross-ref\">", "class=\"half-width center\"", "tb-left nolead", "<i>l</i>.",
            "<h2 class=\"chap-no\">CHAPTER 2*</h2>",
        ] {
            check(chapters, markup)
        }
        #expect(pages["current/pub/chap_002a.htm"] != nil && pages["current/pub/art_002a.htm"] != nil)
    }

    @Test("One section has the id of another one, which has it too, and no two have one number")
    func anchors() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let sections = SampleStatutes(seed: seed, chapters: 30, sections: 400, edition: 3).allSections
            #expect(Set(sections.flatMap(\.numbers)).count == sections.flatMap(\.numbers).count)
            let wrong = sections.filter { $0.form == .single && $0.anchor != "sec_\($0.numbers[0])" }
            #expect(wrong.count == 1)
            #expect(sections.contains { "sec_\($0.numbers[0])" == wrong.first?.anchor })
        }
    }

    @Test("Each edition changes, adds and repeals a few sections and leaves the rest alone", arguments: 1...5)
    func editions(edition: Int) throws {
        func statutes(_ edition: Int) -> SampleStatutes {
            SampleStatutes(seed: 9, chapters: 30, sections: 600, edition: edition)
        }
        let before = statutes(edition).allSections
        let after = statutes(edition + 1).allSections
        let printed = statutes(edition).supplementSections
        let numbers = Set(before.flatMap(\.numbers))
        #expect(numbers.isSubset(of: Set(after.flatMap(\.numbers))))
        let added = after.filter { !numbers.contains($0.numbers[0]) }
        let repealed = zip(before, after.filter { numbers.contains($0.numbers[0]) })
            .filter { $0.kind == .inForce && $1.kind == .repealed }
        #expect((1...20).contains(added.count))
        #expect((1...20).contains(repealed.count))
        #expect(printed.count < 60)
        // The supplement has the additions, the repeals, and changes beside them, in the words of the next edition.
        let printedNumbers = Set(printed.map(\.numbers))
        #expect(Set((added + repealed.map(\.1)).map(\.numbers)).isStrictSubset(of: printedNumbers))
        #expect(after.filter { printedNumbers.contains($0.numbers) } == printed)

        // What the supplement does not print is the same on the pages of both editions.
        let old = try paragraphs(statutes(edition))
        let new = try paragraphs(statutes(edition + 1))
        let different = new.filter { old[$0.key] != $0.value }.keys
        #expect(Set(different) == Set(printed.map(\.anchor)))
        let year = 2024 + 2 * edition
        let supplement = try paragraphs(statutes(edition), tree: "\(year)/sup/")
        #expect(supplement == new.filter { Set(different).contains($0.key) })
        let index = String(
            decoding: try #require(pages(statutes(edition), withSupplement: true)["current/pub/titles.htm"]),
            as: UTF8.self
        )
        #expect(index.contains("href=\"/\(year)/sup/titles.htm\""))
        #expect(index.contains("Revised to January 1, \(year - 1)<"))
    }

    /// The markup from each section's heading to its end, by its id, of all pages but the one with the wrong id.
    private func paragraphs(_ statutes: SampleStatutes, tree: String = "current/pub/") throws -> [String: String] {
        let wrong = statutes.allSections.first { $0.form == .single && $0.anchor != "sec_\($0.numbers[0])" }
        var found: [String: String] = [:]
        for (path, bytes) in pages(statutes, withSupplement: true) where path.hasPrefix(tree) {
            for piece in String(decoding: bytes, as: UTF8.self).split(separator: "<span class=\"catchln\" id=\"")
                .dropFirst()
            {
                let id = String(piece.prefix { $0 != "\"" })
                let text = String(piece.split(separator: "<table class=\"nav_tbl\">")[0])
                if id == wrong?.anchor, wrong?.file == path.split(separator: "/").last.map(String.init) { continue }
                #expect(found.updateValue(text, forKey: id) == nil)
            }
        }
        return found
    }

    @Test("A site as large as the real one has exactly the chapters and sections asked for")
    func fullSize() throws {
        let statutes = SampleStatutes(seed: 1, chapters: 1143, sections: 30_000)
        let sections = statutes.allSections
        #expect(sections.count == 30_000)
        #expect(Set(sections.map(\.file)).count == 1143)
        #expect(Set(sections.flatMap(\.numbers)).count == sections.flatMap(\.numbers).count)
        let sizes = Dictionary(grouping: sections, by: \.file).mapValues(\.count)
        #expect(sizes.values.max() ?? 0 < 60)
    }

    @Test("A folder gets the pages under their names")
    func folder() throws {
        let folder = try TemporaryFolder()
        let statutes = SampleStatutes(seed: 4)
        let paths = try statutes.write(toFolder: folder.path, withSupplement: true)
        #expect(paths.first == "current/pub/titles.htm")
        #expect(paths.contains("2026/sup/titles.htm"))
        let pages = pages(statutes, withSupplement: true)
        #expect(Set(paths) == Set(pages.keys))
        for path in paths { #expect(try WholeFile.bytes(folder.path(path)) == pages[path]) }
        #expect(throws: (any Error).self) { try statutes.write(toFolder: folder.path("current/pub/titles.htm")) }
    }
}
