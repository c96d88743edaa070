/// Finds places of a real document to blank.
enum Doctoring {
    struct Cut {
        /// The bytes of an element's text.
        var range: Range<Int>
        /// The identifier of the section that it is in.
        var section: String
    }

    /// The texts of all `content` elements of numbered pieces that hold nothing but text, outside notes and quotes.
    static func contents(of document: [UInt8]) -> [Cut] {
        var cuts: [Cut] = []
        var section = ""
        var isInNotes = false
        var quotes = 0
        var isInPiece = false
        var index = 0
        func name(_ start: Int, _ word: StaticString) -> Bool {
            let count = word.utf8CodeUnitCount
            guard start + count < document.count else { return false }
            for offset in 0..<count where document[start + offset] != word.utf8Start[offset] { return false }
            let next = document[start + count]
            return next == 0x20 || next == 0x3E || next == 0x2F
        }
        while let open = document[index...].firstIndex(of: 0x3C) {
            guard let close = document[open...].firstIndex(of: 0x3E) else { break }
            index = close + 1
            if name(open, "<notes") || name(open, "<note") { isInNotes = document[close - 1] != 0x2F || isInNotes }
            if name(open, "</notes") || name(open, "</section") || name(open, "</courtRule") || name(open, "</note") {
                isInNotes = false
            }
            if name(open, "<quotedContent") { quotes += 1 }
            if name(open, "</quotedContent") { quotes -= 1 }
            if name(open, "<section") || name(open, "<courtRule"), !isInNotes, quotes == 0 {
                section = identifier(String(decoding: document[open...close], as: UTF8.self))
            }
            if name(open, "<content"), isInPiece, !isInNotes, quotes == 0, document[close - 1] != 0x2F,
                !section.isEmpty,
                let end = document[index...].firstIndex(of: 0x3C), name(end, "</content"),
                document[index..<end].contains(where: { $0 > 0x20 })
            {
                cuts.append(Cut(range: index..<end, section: section))
            }
            isInPiece = name(open, "</num")
        }
        return cuts
    }

    private static func identifier(_ tag: String) -> String {
        tag.split(separator: "identifier=\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) } ?? ""
    }
}
