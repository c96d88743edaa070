/// Finds places of a document to cut out.
struct Doctoring {
    struct Cut {
        /// The bytes to leave out.
        var range: Range<Int>
        /// The identifier of the section that they are in.
        var section: String
    }

    /// The texts of `content` elements of numbered pieces that hold nothing but text.
    private(set) var contents: [Cut] = []
    /// What is in numbered pieces that hold no other piece, number included.
    private(set) var pieces: [Cut] = []
    /// What is between a section's heading and its credit or notes, for sections in force.
    private(set) var texts: [Cut] = []
    /// Whole sections in force.
    private(set) var sections: [Cut] = []

    /// Whole chapters in force, contents included.
    private(set) var chapters: [Cut] = []

    private let document: [UInt8]
    private var chapter: (start: Int, identifier: String)?
    /// The numbered piece that has begun last and not ended, from its start tag's end.
    private var pieceStart: Int?
    private var section = ""
    private var sectionStart = 0
    private var textStart: Int?
    private var isInForce = false
    private var notes = 0
    private var quotes = 0

    /// Notes, quotes and contents are passed over: cutting there is no part of the law itself.
    init(_ document: [UInt8]) {
        self.document = document
        var index = 0
        var isAfterNumber = false
        while let open = document[index...].firstIndex(of: 0x3C) {
            guard let close = document[open...].firstIndex(of: 0x3E) else { break }
            index = close + 1
            let isEnd = document[open + 1] == 0x2F
            let isEmpty = document[close - 1] == 0x2F
            let name = name(at: isEnd ? open + 2 : open + 1)
            switch name {
            case "notes", "note", "toc": notes += isEmpty ? 0 : isEnd ? -1 : 1
            case "quotedContent": quotes += isEmpty ? 0 : isEnd ? -1 : 1
            default: break
            }
            guard notes == 0 || name == "notes" || name == "note", quotes == 0 else { continue }
            if isEnd {
                end(name, at: open, to: index)
            } else if name == "content", isAfterNumber, !isEmpty, !section.isEmpty, isInForce,
                let end = document[index...].firstIndex(of: 0x3C), document[end + 1] == 0x2F,
                document[index..<end].contains(where: { $0 > 0x20 })
            {
                contents.append(Cut(range: index..<end, section: section))
            } else {
                begin(name, String(decoding: document[open...close], as: UTF8.self), at: open, to: index)
            }
            isAfterNumber = isEnd && name == "num"
        }
    }

    /// The document without some of its bytes.
    func without(_ cut: Cut) -> [UInt8] {
        Array(document[..<cut.range.lowerBound] + document[cut.range.upperBound...])
    }

    /// Some of the cuts, from all over the document; of a large one only one, as each is a reading of the whole.
    func some(_ cuts: [Cut]) -> [Cut] {
        let chosen: Set<Int> = document.count < 1 << 20 ? [cuts.count / 3, cuts.count - 1] : [cuts.count / 2]
        return chosen.filter(cuts.indices.contains).sorted().map { cuts[$0] }
    }

    private mutating func begin(_ name: String, _ tag: String, at open: Int, to index: Int) {
        switch name {
        case "section", "courtRule":
            section = Self.identifier(tag)
            isInForce = !tag.contains("status=\"")
            sectionStart = open
            textStart = nil
        case "subsection", "paragraph", "subparagraph", "clause", "subclause", "item": pieceStart = index
        case "notes", "sourceCredit": endText(at: open)
        // What a note takes the place of is left alone; footnotes are part of the text.
        case "note" where !tag.contains("type=\"footnote\""): textStart = Int.max
        case "level": pieceStart = nil
        case "chapter": chapter = tag.contains("status=\"") ? nil : (open, Self.identifier(tag))
        default: break
        }
    }

    private mutating func end(_ name: String, at open: Int, to index: Int) {
        switch name {
        case "heading" where textStart == nil && pieceStart == nil && !section.isEmpty: textStart = index
        case "section", "courtRule":
            endText(at: open)
            if isInForce, !section.isEmpty { sections.append(Cut(range: sectionStart..<index, section: section)) }
            section = ""
        case "chapter":
            if let chapter { chapters.append(Cut(range: chapter.start..<index, section: chapter.identifier)) }
            chapter = nil
        case "subsection", "paragraph", "subparagraph", "clause", "subclause", "item":
            if let start = pieceStart, isInForce, !section.isEmpty {
                pieces.append(Cut(range: start..<open, section: section))
            }
            pieceStart = nil
        default: break
        }
    }

    private mutating func endText(at place: Int) {
        if let start = textStart, start < place, isInForce, document[start..<place].contains(where: { $0 > 0x3E }) {
            texts.append(Cut(range: start..<place, section: section))
        }
        textStart = Int.max
        pieceStart = nil
    }

    private static func identifier(_ tag: String) -> String {
        tag.split(separator: "identifier=\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) } ?? ""
    }

    private func name(at start: Int) -> String {
        let bytes = document[start...].prefix { $0 > 0x20 && $0 != 0x3E && $0 != 0x2F }
        return String(decoding: bytes, as: UTF8.self)
    }
}
