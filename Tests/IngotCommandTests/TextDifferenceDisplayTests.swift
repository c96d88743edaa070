import IngotLaw
import Testing

@testable import ingot

@Suite("Differences on a terminal")
struct TextDifferenceDisplayTests {
    private let old = """
        (a) One.
        (b) Two.
        (c) A lantern shall shine.
        (d) Four.
        (e) Five is a rather long paragraph.
        (f) Six.
        (g) Seven.
        """
    private let new = """
        (a) One.
        (b) Two.
        (c) A lantern may shine.
        (d) Four.
        (e) Five is a rather long paragraph.
        (f) Six.
        (f1) Six and a half.
        (g) Seven.
        """

    private func shown(_ old: String, _ new: String, marks: TextDifferenceDisplay.Marks = .plain) -> String {
        TextDifferenceDisplay(marks: marks, contextWidth: 20).text(of: TextDifference(from: old, to: new))
    }

    @Test("marks the words that changed, and folds what did not change")
    func plain() {
        #expect(
            shown(old, new) == """
                  …
                  (b) Two.
                - (c) A lantern [-shall-] shine.
                + (c) A lantern {+may+} shine.
                  (d) Four.
                  …
                  (f) Six.
                + (f1) Six and a half.
                  (g) Seven.
                """
        )
        #expect(shown(new, old).contains("\n- (f1) Six and a half.\n"))
    }

    @Test("shortens long lines beside a change")
    func shortened() {
        #expect(
            shown("a rather long line beside it\nx", "a rather long line beside it\ny") == """
                  a rather long line …
                - x
                + y
                """
        )
    }

    @Test("colours instead of brackets on a terminal")
    func colour() {
        #expect(
            shown("the old lamp", "the new lamp", marks: .colour)
                == "- the \u{1B}[31mold\u{1B}[0m lamp\n+ the \u{1B}[32mnew\u{1B}[0m lamp"
        )
    }

    @Test("shows paragraphs that are joined or split as both texts have them")
    func joined() {
        #expect(shown("one\ntwo", "one two") == "- one\n- two\n+ one{+ +}two")
        #expect(shown("one two", "one\ntwo") == "- one[- -]two\n+ one\n+ two")
        #expect(shown("", "new") == "+ new")
        #expect(shown("gone\n", "") == "- gone")
        #expect(shown("same\n", "same\n").isEmpty)
    }
}
