import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

/// Shapes that the schemas allow and that few or none of the real titles at hand show.
@Suite("Shapes of documents")
struct ShapeTests {
    /// An appendix with a plan, its signatures, a picture, changed text and line breaks.
    private static let appendix = SmallTitle.document(
        """
        <appendix identifier="/us/usc/t5a"><heading>A</heading><reorganizationPlans identifier="/us/usc/t5a/reorgPlans">
        <heading>PLANS</heading><reorganizationPlan identifier="/us/usc/t5a/reorgPlan/1999/1"><heading>PLAN NO. 1
        OF 1999</heading><content><p class="centered">Eff. <date date="1999-07-01">July 1, 1999</date>, 9 F.R. 1</p>
        <p>The <del>old</del><ins>new</ins> office<br/>of tides.</p></content><section><num value="1">Section 1.</num>
        <heading>Transfer</heading><content>All <i>of</i> it.<figure><img src="a.gif" alt="A map"/>
        <figCaption>Map 1</figCaption></figure></content></section><signatures><signature><name>A. Person</name>
        <role>Chair</role><affiliation>Office of Tides</affiliation><date date="1999-01-02">January 2, 1999</date>
        </signature><signature><name>B. Person</name></signature></signatures></reorganizationPlan>
        </reorganizationPlans></appendix>
        """,
        number: "5a"
    )

    @Test("Plans, signatures, dates, pictures and changed text are kept in sensible blocks")
    func plan() throws {
        let reading = try SmallTitle.read(Self.appendix, unit: "5a")
        #expect(reading.findings.sourceCharacters == reading.findings.keptCharacters)
        #expect(reading.findings.emptyPieces == [])
        let plan = try #require(reading["/us/usc/t5a/reorgPlan/1999/1"])
        #expect(plan.blocks.map(\.type) == ["p", "p", "name", "role", "affiliation", "date", "name"])
        #expect(
            plan.text == """
                Eff. July 1, 1999, 9 F.R. 1
                The oldnew office of tides.
                A. Person
                Chair
                Office of Tides
                January 2, 1999
                B. Person
                """
        )
        let section = try #require(reading.nodes.first { $0.level == "section" })
        #expect(section.text == "All of it.\nMap 1")
        #expect(
            section.covers == [
                LawKeyRange(first: "/us/usc/t5a/reorgPlan/1999/1/s1", last: "/us/usc/t5a/reorgPlan/1999/1/s1")
            ]
        )
        #expect(reading.nodes.map(\.level) == ["appendix", "reorganizationPlans", "reorganizationPlan", "section"])
    }

    @Test("A date inside a line stays in it")
    func date() throws {
        let section = try SmallTitle.section(
            "<content><p>Since <date date=\"1999-07-01\">July 1, 1999</date>, so.</p></content>"
        )
        #expect(section?.blocks.map(\.text) == ["Since July 1, 1999, so."])
    }

    @Test(
        "Another reader finds the same in a made-up document",
        .enabled(if: IndependentReading.isThere, "the other reader is not there")
    )
    func independent() throws {
        let nodes = try SmallTitle.read(Self.appendix, unit: "5a").nodes
        let report = try IndependentReading.report(nodes, of: Array(Self.appendix.utf8), name: "usc05a.xml")
        #expect(report.hasSuffix("1 passed, 0 failed\n"), "\(report)")
    }

    // MARK: - Real shapes

    struct Slice: CustomTestStringConvertible, Sendable {
        var name: String
        var testDescription: String { name }
    }

    static let slices = SharedFolder.names(in: "data/usc-slices").filter { $0.hasPrefix("usc") }.map { Slice(name: $0) }

    @Test(
        "Another reader finds the same in documents of unusual shapes",
        .enabled(if: IndependentReading.isThere && !slices.isEmpty, "the slices or the other reader are not there"),
        arguments: slices
    )
    func slice(_ slice: Slice) throws {
        let document = try SharedFolder.unpacked("data/usc-slices/\(slice.name)")
        let unit = try #require(USCodeUnit(slice.name.dropFirst(3).prefix { $0.isNumber })).id
        let reading = try SmallTitle.read(document, unit: unit, label: nil, step: 1 << 16)
        #expect(reading.findings.sourceCharacters == reading.findings.keptCharacters)
        #expect(reading.findings.emptyPieces == [])
        #expect(reading.nodes.flatMap(\.refs).allSatisfy { $0.kind != .other })
        let name = slice.name.split(separator: ".xz")[0]
        let report = try IndependentReading.report(reading.nodes, of: document, name: String(name))
        #expect(report.hasSuffix("1 passed, 0 failed\n"), "\(report)")
    }

    @Test(
        "Another reader finds the same in real titles",
        .enabled(
            if: IndependentReading.isThere && !RealTitle.published.isEmpty,
            "the titles or the reader are not there"
        ),
        arguments: RealTitle.small
    )
    func title(_ title: RealTitle) throws {
        let report = try IndependentReading.report(
            try title.read().nodes,
            of: try title.document(),
            name: "\(title.name).xml"
        )
        #expect(report.hasSuffix("1 passed, 0 failed\n"), "\(report)")
    }
}
