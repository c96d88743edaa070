import IngotCore
import IngotLaw
import IngotSamples
import IngotTesting
import Testing

@testable import IngotUSCode

@Suite("Sample titles")
struct SampleTests {
    private func reading(_ title: SampleTitle, label: String = "900-1") throws -> SmallTitle.Reading {
        try SmallTitle.read(title.document(label: label), unit: "\(title.number)", label: label, step: 64 << 10)
    }

    @Test("A sample has what real titles have")
    func features() throws {
        let title = SampleTitle(seed: 7, number: 3, sections: 120)
        let reading = try reading(title)
        let sections = reading.nodes.filter { $0.level == "section" }
        #expect(sections.count == 120)
        #expect(Set(reading.nodes.map(\.level)) == ["title", "chapter", "subchapter", "section"])
        #expect(reading.findings.sourceCharacters == reading.findings.keptCharacters)
        #expect(sections.contains { $0.status == "repealed" && $0.num.hasPrefix("[§") })
        #expect(sections.contains { !$0.footnotes.isEmpty })
        #expect(sections.contains { $0.blocks.contains { $0.table != nil } })
        #expect(sections.contains { $0.blocks.contains { $0.type == "paragraph" && $0.depth == 1 } })
        #expect(sections.contains { $0.refs.contains { $0.target?.hasPrefix("/us/usc/t3/s") == true } })
        #expect(sections.contains { $0.notes.contains { $0.text.contains("“This Act may be cited") } })
        #expect(sections.allSatisfy { $0.citation?.hasPrefix("3 U.S.C. § ") == true })
        let keys = Set(reading.nodes.map(\.key))
        #expect(keys.count == reading.nodes.count)
        #expect(reading.nodes.allSatisfy { $0.parent.map(keys.contains) ?? ($0.level == "title") })
        #expect(reading.findings.announcedKeys.allSatisfy(keys.contains))
        #expect(reading.findings.emptyPieces == [])
        #expect(sections.allSatisfy { $0.status != nil || reading.findings.announcedKeys.contains($0.key) })
    }

    @Test("Whatever is cut out of a sample is missed")
    func cuts() throws {
        let title = SampleTitle(seed: 7, number: 3, sections: 20)
        let doctoring = Doctoring(title.document(label: "900-1"))
        func read(_ cut: Doctoring.Cut) throws -> SmallTitle.Reading {
            try SmallTitle.read(doctoring.without(cut), unit: "3", label: "900-1", step: 64 << 10)
        }
        #expect([doctoring.contents, doctoring.pieces, doctoring.texts, doctoring.sections].allSatisfy { !$0.isEmpty })
        for cut in doctoring.contents + doctoring.pieces + doctoring.texts {
            #expect(try read(cut).findings.emptyPieces.map(\.key) == [cut.section])
        }
        for cut in doctoring.sections {
            let reading = try read(cut)
            #expect(reading.findings.announcedKeys.filter { reading[$0] == nil } == [cut.section])
        }
    }

    @Test("Equal titles give equal bytes; seeds, numbers and editions give others")
    func deterministic() {
        let title = SampleTitle(seed: 1, number: 1)
        let bytes = title.document(label: "900-1")
        #expect(SampleTitle(seed: 1, number: 1).document(label: "900-1") == bytes)
        #expect(SampleTitle(seed: 2, number: 1).document(label: "900-1") != bytes)
        #expect(SampleTitle(seed: 1, number: 2).document(label: "900-1") != bytes)
        #expect(title.edition(2).document(label: "900-1") != bytes)
        // One known number: the generator is the same on every machine and in every version.
        #expect(bytes.count == 99_369)
    }

    @Test("Each edition adds, removes and changes a few sections and leaves the rest alone", arguments: 1...6)
    func editions(edition: Int) throws {
        let title = SampleTitle(seed: 5, number: 9, sections: 300, edition: edition)
        func sections(_ title: SampleTitle) throws -> [String: LawNode] {
            let nodes = try reading(title).nodes.filter { $0.level == "section" }
            return Dictionary(nodes.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let before = try sections(title)
        let after = try sections(title.edition(edition + 1))
        let added = after.keys.filter { before[$0] == nil }
        let removed = before.keys.filter { after[$0] == nil }
        let changed = after.keys.filter { key in before[key].map { $0.text != after[key]?.text } ?? false }
        let same = after.keys.filter { key in
            guard var old = before[key], let new = after[key] else { return false }
            old.index = new.index
            return old == new
        }
        #expect((1...2).contains(added.count))
        #expect((1...2).contains(removed.count))
        #expect((1...7).contains(changed.count))
        #expect(same.count + changed.count + added.count >= after.count - 8)
        #expect(same.count > 280)
    }

    @Test("A release is a folder of zips that discovery and reader take")
    func release() throws {
        let folder = try TemporaryFolder()
        let titles = [SampleTitle(seed: 1, number: 1), SampleTitle(seed: 1, number: 12, sections: 3)]
        let paths = try SampleRelease.write(label: "900-1", titles: titles, toFolder: folder.path)
        #expect(paths == ["\(folder.path)/xml_usc01@900-1.zip", "\(folder.path)/xml_usc12@900-1.zip"])
        let plan = try USCodeDiscovery(parameters: try USCodeParameters(.object([:]))).plan(
            folder: ["xml_usc01@900-1.zip", "xml_usc12@900-1.zip"]
        )
        for (unit, path) in zip(plan.units, paths) {
            var reader = try USCodeReader(zip: path, unit: unit.id, label: plan.label)
            var count = 0
            while try reader.next() != nil { count += 1 }
            #expect(count > 3)
        }
        let again = try TemporaryFolder()
        let same = try SampleRelease.write(label: "900-1", titles: titles, toFolder: again.path)
        #expect(try paths.map(WholeFile.bytes) == same.map(WholeFile.bytes))
    }

    @Test("Sample titles read the same however they arrive", arguments: [1, 7, 4_096])
    func pieces(step: Int) throws {
        let bytes = SampleTitle(seed: 3, number: 4, sections: 30).document(label: "900-1")
        let expected = try SmallTitle.read(bytes, unit: "4", label: "900-1", step: 64 << 10)
        #expect(try SmallTitle.read(bytes, unit: "4", label: "900-1", step: step) == expected)
    }
}
