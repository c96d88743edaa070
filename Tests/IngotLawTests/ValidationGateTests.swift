import IngotCore
import Testing

@testable import IngotLaw

@Suite("Validation gate")
struct ValidationGateTests {
    private func facts(nodes: Int = 10, live: Int = 10, source: Int = 100, kept: Int = 100)
        -> ValidationGate.UnitFacts
    {
        .init(
            unit: "1",
            nodes: nodes,
            liveNodes: live,
            findings: LawReadingFindings(sourceCharacters: source, keptCharacters: kept)
        )
    }

    @Test("lets a sound revision through")
    func sound() {
        var gate = ValidationGate()
        gate.check(facts(), shrinkLimit: 0.1)
        gate.check(planned: ["1": 10], visible: ["1": 10, "2": 5], orphans: [])
        #expect(gate.failure == nil)
    }

    @Test("stops a revision that lost characters")
    func coverage() {
        var gate = ValidationGate()
        gate.check(facts(kept: 99), shrinkLimit: 0.1)
        #expect(gate.findings.map(\.rule) == ["text_coverage"])
        #expect(gate.failure?.code == "validation_failed")
        #expect(gate.failure?.unit == "1")
        #expect(gate.failure?.isTransient == false)
    }

    @Test("stops an empty unit")
    func empty() {
        var gate = ValidationGate()
        gate.check(facts(nodes: 0, live: 0), shrinkLimit: 0.1)
        #expect(gate.findings.map(\.rule) == ["unit_empty"])
    }

    @Test("stops a unit that lost more than the set share", arguments: [(90, false), (89, true)])
    func shrunk(nodes: Int, isStopped: Bool) {
        var gate = ValidationGate()
        gate.check(facts(nodes: nodes, live: 100), shrinkLimit: 0.1)
        #expect((gate.failure != nil) == isStopped)
        var allowed = ValidationGate()
        allowed.check(facts(nodes: nodes, live: 100), shrinkLimit: 1)
        #expect(allowed.failure == nil)
    }

    @Test("stops a store that would show something else than what was read")
    func rowsMissing() {
        var gate = ValidationGate()
        gate.check(planned: ["1": 10, "2": 3], visible: ["1": 9], orphans: ["/us/usc/t1/s9"])
        #expect(gate.findings.map(\.rule) == ["rows_missing", "rows_missing", "parent_missing"])
        #expect(gate.failure?.details?.count == 3)
    }
}
