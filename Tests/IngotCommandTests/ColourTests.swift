import Testing

@testable import ingot

@Suite("Colours")
struct ColourTests {
    @Test(
        "are on a terminal only, unless somebody says otherwise",
        arguments: [
            (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["TERM": "dumb"], false),
            (false, ["INGOT_COLOR": "always"], true), (true, ["INGOT_COLOR": "never"], false),
            (true, ["INGOT_COLOR": "auto", "NO_COLOR": "1"], false),
            (true, ["INGOT_COLOR": "always", "NO_COLOR": "1"], true),
        ] as [(Bool, [String: String], Bool)]
    )
    func decision(isTerminal: Bool, variables: [String: String], areOn: Bool) {
        #expect(Colours.decide(isTerminal: isTerminal) { variables[$0] } == areOn)
    }
}
