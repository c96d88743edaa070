import IngotMarkup

/// What a piece of markup holds, which has to be well-formed XML.
final class MarkupElements: XMLEventHandler {
    struct Element {
        var name: String
        var attributes: [String: String]
        var text = ""
    }

    /// In the order of their start tags.
    private(set) var elements: [Element] = []
    private var open: [Int] = []

    /// - Throws: `JobFailure` where the markup is not well-formed.
    init(_ html: String) throws {
        let parser = try XMLPushParser(handler: self)
        try parser.feed(Array("<markup>\(html)</markup>".utf8))
        try parser.finish()
    }

    /// The text of each element that holds any directly.
    var texts: [String] { elements.map(\.text).filter { !$0.isEmpty } }

    func all(_ name: String) -> [[String: String]] { elements.filter { $0.name == name }.map(\.attributes) }

    func attributes(_ name: String, _ attribute: String) -> [String] { all(name).compactMap { $0[attribute] } }

    /// The cells of all tables' rows.
    var rows: [[String]] {
        elements.reduce(into: []) { rows, element in
            if element.name == "tr" { rows.append([]) }
            if element.name == "th" || element.name == "td", !rows.isEmpty { rows[rows.count - 1].append(element.text) }
        }
    }

    func startElement(_ name: Span<UInt8>, namespace: Span<UInt8>, attributes: borrowing XMLAttributes) {
        var found: [String: String] = [:]
        func note(_ attribute: StaticString, _ value: String?) { if let value { found["\(attribute)"] = value } }
        note("class", attributes.string("class"))
        note("x", attributes.string("x"))
        note("y", attributes.string("y"))
        note("x1", attributes.string("x1"))
        note("width", attributes.string("width"))
        note("height", attributes.string("height"))
        note("cx", attributes.string("cx"))
        note("cy", attributes.string("cy"))
        note("d", attributes.string("d"))
        open.append(elements.count)
        elements.append(Element(name: Self.text(name), attributes: found))
    }

    func endElement() { open.removeLast() }

    func characters(_ text: Span<UInt8>) {
        if let last = open.last { elements[last].text += Self.text(text) }
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
