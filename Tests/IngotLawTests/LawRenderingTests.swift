import IngotCore
import Testing

@testable import IngotLaw

@Suite("Law rendering")
struct LawRenderingTests {
    private let record = """
        {"unit":"9","key":"/us/usc/t9/s1","parent":"/us/usc/t9","level":"section","num":"§ 1.",
        "heading":"Lanterns | defined","status":"repealed","citation":"9 U.S.C. § 1","text":"x",
        "blocks":[
          {"type":"subsection","label":"(a)","heading":"In general","depth":0,"text":"A *lantern* shines."},
          {"type":"paragraph","label":"(1)","depth":1,"text":"By oil."},
          {"type":"table","depth":0,"table":[[{"text":"Kind"},{"text":"Fee|s"}],[{"text":"Oil"}]]}],
        "credit":"(Act 1.)","notes":[{"topic":"x","heading":"Old Rule","text":"One.\\nTwo."}],
        "footnotes":[{"marker":"1","text":"So printed."}]}
        """

    private func rendering() throws -> LawRendering {
        LawRendering(try JSONText.decode(LawRecord.self, from: record.utf8))
    }

    @Test("prints plain text with nesting, table, credit, footnote and notes")
    func text() throws {
        #expect(
            try rendering().text == """
                9 U.S.C. § 1

                § 1. Lanterns | defined
                [repealed]

                (a) In general A *lantern* shines.

                    (1) By oil.

                Kind | Fee|s
                Oil

                (Act 1.)

                [1] So printed.

                Note: Old Rule
                One.
                Two.

                """
        )
    }

    @Test("prints Markdown whose special characters are escaped")
    func markdown() throws {
        #expect(
            try rendering().markdown == """
                # § 1. Lanterns | defined

                *9 U.S.C. § 1* — repealed

                **(a)** *In general* A \\*lantern\\* shines.

                > **(1)** By oil.

                | Kind | Fee\\|s |
                | --- | --- |
                | Oil |  |

                (Act 1.)

                \\[1\\] So printed.

                ## Old Rule

                One.

                Two.

                """
        )
    }
}
