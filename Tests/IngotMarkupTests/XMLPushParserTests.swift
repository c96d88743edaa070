import IngotCore
import IngotMarkup
import Testing

@Suite("XML push parser")
struct XMLPushParserTests {
    /// Writes events down as text.
    final class Recorder: XMLEventHandler {
        var lines: [String] = []
        var text: [UInt8] = []
        var open: [String] = []
        var attribute: StaticString = "href"
        var refused = ""

        struct Refusal: Error {}

        func startElement(_ name: Span<UInt8>, namespace: Span<UInt8>, attributes: borrowing XMLAttributes) throws {
            flush()
            let local = Self.string(name)
            let space = Self.string(namespace)
            open.append(local)
            let value = attributes.string(attribute).map { " \($0)" } ?? ""
            lines.append("<\(space.isEmpty ? "" : "{\(space)}")\(local)\(value)")
            if local == refused { throw Refusal() }
        }

        func endElement() throws {
            flush()
            lines.append(">\(open.popLast() ?? "")")
        }

        func characters(_ piece: Span<UInt8>) {
            for index in piece.indices { text.append(piece[index]) }
        }

        func flush() {
            if !text.isEmpty { lines.append(String(decoding: text, as: UTF8.self)) }
            text = []
        }

        static func string(_ bytes: Span<UInt8>) -> String {
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }

    static func events(_ document: String, step: Int = 1 << 20) throws -> [String] {
        let recorder = Recorder()
        let parser = try XMLPushParser(handler: recorder)
        let bytes = Array(document.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            try parser.feed(Array(bytes[start..<min(start + step, bytes.count)]))
        }
        try parser.finish()
        return recorder.lines
    }

    static func failure(_ document: String, limits: XMLPushParser.Limits = .init()) throws -> JobFailure? {
        let parser = try XMLPushParser(handler: Recorder(), limits: limits)
        do {
            try parser.feed(Array(document.utf8))
            try parser.finish()
            return nil
        } catch let failure as JobFailure {
            return failure
        }
    }

    @Test("Elements come with local name and name space, whatever the prefix")
    func names() throws {
        let plain = try Self.events(#"<a xmlns="urn:x"><b href="1">t</b></a>"#)
        let prefixed = try Self.events(#"<p:a xmlns:p="urn:x"><p:b href="1">t</p:b></p:a>"#)
        #expect(plain == ["<{urn:x}a", "<{urn:x}b 1", "t", ">b", ">a"])
        #expect(plain == prefixed)
        #expect(try Self.events("<a/>") == ["<a", ">a"])
    }

    @Test("Every element has its own name space, whatever the one before it had")
    func changingNamespaces() throws {
        let document = """
            <a xmlns="urn:x"><b xmlns=""><c/></b><p:d xmlns:p="urn:xy"/><e/><p:f xmlns:p="urn:"/>\
            <p:g xmlns:p="urn:x"/><u xmlns=""/><u/></a>
            """
        #expect(
            try Self.events(document).filter { $0.hasPrefix("<") } == [
                "<{urn:x}a", "<b", "<c", "<{urn:xy}d", "<{urn:x}e", "<{urn:}f", "<{urn:x}g", "<u", "<{urn:x}u",
            ]
        )
        // A name space that looked like another one's beginning with a name would be one thing with two meanings.
        #expect(try Self.failure(#"<a xmlns="urn:x&#10;y"/>"#)?.code == "xml_malformed")
    }

    @Test("An attribute with a prefix is not the one without")
    func prefixedAttribute() throws {
        #expect(try Self.events(#"<a xmlns:x="urn:x" x:href="1"/>"#) == ["<a", ">a"])
    }

    @Test("Character references, CDATA and comments do not disturb the text")
    func text() throws {
        let document = "<a>Tom &amp; J&#xE9;r&#244;me<!-- not here --><![CDATA[ <b> ]]>end<?pi not here?>.</a>"
        #expect(try Self.events(document) == ["<a", "Tom & Jérôme <b> end.", ">a"])
    }

    @Test("Events do not depend on where the pieces end", arguments: [1, 2, 3, 7, 64])
    func pieces(step: Int) throws {
        let document = #"<?xml version="1.0"?><ä xmlns="urn:é"><b href="“x”">…„“ &lt;&#8212;</b>€<c/></ä>"#
        #expect(try Self.events(document, step: step) == Self.events(document))
    }

    @Test("Malformed XML fails with line and column")
    func malformed() throws {
        let failure = try #require(try Self.failure("<a>\n  <b>text</c>\n</a>"))
        #expect(failure.code == "xml_malformed")
        #expect(failure.place == SourcePlace(line: 2, column: 12))
        #expect(failure.message.contains("mismatched tag"))
    }

    @Test(
        "What is no well-formed document is refused",
        arguments: ["<a>", "<a></a><b/>", "<a b=1/>", "<a>&nbsp;</a>", "<x:a/>", "<a>\u{1}</a>", "plain", "  \n"]
    )
    func notWellFormed(document: String) throws {
        #expect(try Self.failure(document)?.code == "xml_malformed")
    }

    @Test("Bytes that are not UTF-8 are refused")
    func encoding() throws {
        let parser = try XMLPushParser(handler: Recorder())
        #expect(throws: JobFailure.self) {
            try parser.feed(Array("<a>".utf8) + [0xC3, 0x28] + Array("</a>".utf8))
            try parser.finish()
        }
    }

    @Test("An empty document is told from a malformed one")
    func empty() throws {
        #expect(try Self.failure("")?.code == "xml_empty")
    }

    @Test(
        "A document type is refused before anything in it counts",
        arguments: [
            "<!DOCTYPE a><a/>",
            #"<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>"#,
            #"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#,
            #"<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>"#,
        ]
    )
    func doctype(document: String) throws {
        let failure = try #require(try Self.failure(document))
        #expect(failure.code == "xml_doctype")
        #expect(failure.place?.line == 1)
    }

    @Test("A billion laughs are not laughed")
    func billionLaughs() throws {
        var document = "<!DOCTYPE lolz [<!ENTITY lol0 \"lol\">"
        for level in 1...9 {
            let references = String(repeating: "&lol\(level - 1);", count: 10)
            document += "<!ENTITY lol\(level) \"\(references)\">"
        }
        document += "]><lolz>&lol9;</lolz>"
        #expect(try Self.failure(document)?.code == "xml_doctype")
    }

    @Test("Nesting is allowed up to the limit and refused beyond it")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(try Self.failure(nested(200)) == nil)
        #expect(try Self.failure(nested(201))?.code == "xml_too_deep")
        #expect(try Self.failure(nested(100_000))?.code == "xml_too_deep")
    }

    @Test("The number of attributes is limited")
    func attributes() throws {
        func element(_ count: Int) -> String {
            "<a " + (0..<count).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>"
        }
        #expect(try Self.failure(element(256)) == nil)
        #expect(try Self.failure(element(257))?.code == "xml_too_many_attributes")
    }

    @Test("A tag or comment that does not end is refused, however it arrives", arguments: ["<a b=\"", "<a><!--"])
    func endlessToken(start: String) throws {
        let parser = try XMLPushParser(handler: Recorder())
        let filling = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        try parser.feed(Array(start.utf8))
        var fed = 0
        let failure = #expect(throws: JobFailure.self) {
            while fed < 4 << 20 {
                fed += filling.count
                try parser.feed(filling)
            }
        }
        #expect(failure?.code == "xml_token_too_large")
        #expect(fed < (1 << 20) + 200_000)
    }

    @Test("Long text is no token")
    func longText() throws {
        let recorder = Recorder()
        let parser = try XMLPushParser(handler: recorder)
        try parser.feed(Array("<a>".utf8))
        for _ in 0..<40 { try parser.feed([UInt8](repeating: UInt8(ascii: "x"), count: 100_000)) }
        try parser.feed(Array("</a>".utf8))
        try parser.finish()
        #expect(recorder.lines[1].utf8.count == 4_000_000)
    }

    @Test("What the handler throws ends the parsing, once and for all")
    func handlerError() throws {
        let recorder = Recorder()
        recorder.refused = "b"
        let parser = try XMLPushParser(handler: recorder)
        #expect(throws: Recorder.Refusal.self) { try parser.feed(Array("<a><b>x</b><c/></a>".utf8)) }
        #expect(throws: Recorder.Refusal.self) { try parser.feed(Array("<d/>".utf8)) }
        #expect(throws: Recorder.Refusal.self) { try parser.finish() }
        #expect(recorder.lines == ["<a", "<b"])
    }

    @Test("UTF-16 documents are read as UTF-8 ones are")
    func utf16() throws {
        let recorder = Recorder()
        let parser = try XMLPushParser(handler: recorder)
        let units = Array("\u{FEFF}<a>é€</a>".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        try parser.feed(units)
        try parser.finish()
        #expect(recorder.lines == ["<a", "é€", ">a"])
    }

    @Test(
        "A web page is told by its first bytes",
        arguments: [
            ("<!DOCTYPE html><html>", true), ("\n <HTML lang=en>", true), ("<!-- x --><!doctype HTML>", true),
            ("\u{FEFF}<html>", true), ("<?xml version=\"1.0\"?><uscDoc/>", false), ("<uscDoc>", false), ("", false),
            ("<!-- never ends", false), ("PK\u{3}\u{4}", false),
        ]
    )
    func htmlSign(start: String, isHTML: Bool) {
        #expect(HTMLPageSign.isHTML(Array(start.utf8).span) == isHTML)
    }
}
