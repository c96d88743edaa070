import IngotLaw

@testable import IngotUSCode

/// Hand-made documents and how they read.
enum SmallTitle {
    static func document(
        _ body: String,
        number: String = "1",
        identifier: String? = nil,
        name: String = "Online@900-1",
        namespace: String = "http://xml.house.gov/schemas/uslm/1.0"
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <uscDoc xmlns="\(namespace)" xmlns:dc="http://purl.org/dc/elements/1.1/"\
        \(identifier.map { " identifier=\"\($0)\"" } ?? "")>
        <meta><dc:title>Title</dc:title><docNumber>\(number)</docNumber>\
        <docPublicationName>\(name)</docPublicationName></meta>
        <main>\(body)</main></uscDoc>
        """
    }

    struct Reading: Equatable {
        /// In document order.
        var nodes: [LawNode]
        /// Texts exactly as published, by key.
        var published: [String: String]
        var findings: LawReadingFindings

        subscript(key: String) -> LawNode? { nodes.first { $0.key == key } }
    }

    static func read(
        _ document: String,
        unit: String = "1",
        label: String? = nil,
        step: Int = 64 << 10
    ) throws -> Reading {
        try read(Array(document.utf8), unit: unit, label: label, step: step)
    }

    static func read(_ bytes: [UInt8], unit: String, label: String?, step: Int) throws -> Reading {
        var start = 0
        var reader = try USCodeReader(unit: unit, label: label, file: "usc.xml", size: Int64(bytes.count)) {
            guard start < bytes.count else { return nil }
            defer { start += step }
            return Array(bytes[start..<min(start + step, bytes.count)])
        }
        var nodes: [LawNode] = []
        var published: [String: String] = [:]
        while var node = try reader.next() {
            // Kept aside, so that tests of the rest need not repeat every text.
            published[node.key] = node.publishedText.map { String(decoding: $0, as: UTF8.self) }
            node.publishedText = nil
            nodes.append(node)
        }
        return Reading(
            nodes: nodes.sorted { $0.index < $1.index },
            published: published,
            findings: reader.findings
        )
    }

    /// The nodes of a title 1 with this inside.
    static func nodes(_ inside: String) throws -> Reading {
        try read(document("<title identifier=\"/us/usc/t1\"><num>Title 1—</num><heading>T</heading>\(inside)</title>"))
    }

    /// The section of a title 1 that has only this section.
    static func section(_ inside: String) throws -> LawNode? {
        try nodes("<section identifier=\"/us/usc/t1/s1\">\(inside)</section>")["/us/usc/t1/s1"]
    }
}
