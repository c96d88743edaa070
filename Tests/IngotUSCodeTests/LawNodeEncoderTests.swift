import IngotCore
import IngotLaw
import Testing

@Suite("Nodes as JSON")
struct LawNodeEncoderTests {
    private var node: LawNode {
        var node = LawNode(unit: "1", key: "/us/usc/t1/s1", parent: "/us/usc/t1", level: "section", index: 4)
        node.num = "§ 1."
        node.heading = "Quotes \" and \\ and /"
        node.status = "repealed"
        node.citation = "1 U.S.C. § 1"
        node.text = "a\nb\tc\r\u{8}\u{C}\u{0}\u{1F}\u{7F}é🐝"
        var block = LawBlock(type: "table", label: "(a)", heading: "H", depth: 2, text: "x")
        block.table = [
            [LawTableCell(text: "h", isHeader: true, columnSpan: 2), LawTableCell(text: "r", rowSpan: 3)], [],
        ]
        block.links = [LawLink(href: "/x", start: 0, length: 1)]
        node.blocks = [block, LawBlock(type: "p")]
        node.credit = "(c)"
        node.notes = [LawNote(topic: "t", role: "r", heading: "h", text: "n"), LawNote(role: "r"), LawNote()]
        node.footnotes = [LawFootnote(marker: "1", text: "1 f"), LawFootnote(text: "g")]
        node.refs = [
            LawReference(href: "/a/b", text: "A", kind: .node, target: "/a", piece: "b"),
            LawReference(href: "/b", text: "", kind: .publicLaw),
        ]
        return node
    }

    @Test("A full node is written in full, in order")
    func full() {
        var encoder = LawNodeEncoder()
        let expected = #"""
            {"unit":"1","key":"/us/usc/t1/s1","parent":"/us/usc/t1","level":"section","num":"§ 1.",\#
            "heading":"Quotes \" and \\ and /","status":"repealed","citation":"1 U.S.C. § 1",\#
            "text":"a\nb\tc\r\b\f\u0000\u001f\#u{7F}é🐝","blocks":[{"type":"table","label":"(a)","heading":"H",\#
            "depth":2,"text":"x","table":[[{"text":"h","header":true,"column_span":2},{"text":"r","row_span":3}],[]],\#
            "links":[{"href":"/x","start":0,"length":1}]},{"type":"p","depth":0,"text":""}],"credit":"(c)",\#
            "notes":[{"topic":"t","role":"r","heading":"h","text":"n"},{"role":"r","heading":"","text":""},\#
            {"heading":"","text":""}],"footnotes":[{"marker":"1","text":"1 f"},{"text":"g"}],\#
            "refs":[{"href":"/a/b","text":"A","kind":"node","target":"/a","piece":"b"},\#
            {"href":"/b","text":"","kind":"public_law"}]}
            """#
        #expect(String(decoding: encoder.encode(node), as: UTF8.self) == expected)
        var output = Array("[".utf8)
        encoder.encode(node, onto: &output)
        #expect(String(decoding: output, as: UTF8.self) == "[" + expected)
    }

    @Test("An empty node says null for parent and status and leaves the rest out")
    func empty() {
        var encoder = LawNodeEncoder()
        let bytes = encoder.encode(LawNode(unit: "1", key: "k", parent: nil, level: "title", index: 0))
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"unit":"1","key":"k","parent":null,"level":"title","num":"","heading":"","status":null,"#
                + #""text":"","blocks":[],"credit":"","notes":[],"footnotes":[],"refs":[]}"#
        )
    }

    @Test("Any JSON parser reads every character back")
    func characters() throws {
        var encoder = LawNodeEncoder()
        var node = self.node
        node.text = String(String.UnicodeScalarView((0...0x2100).compactMap { Unicode.Scalar(UInt32($0)) }))
        let value = try JSONValue(parsing: encoder.encode(node))
        #expect(value["text"]?.stringValue == node.text)
        #expect(value["heading"]?.stringValue == node.heading)
    }
}
