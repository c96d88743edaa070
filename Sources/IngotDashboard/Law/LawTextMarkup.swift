/// The text of a node as HTML: every character of the law, and around it only tags, spaces and what carries the class
/// `page`, which the page adds.
struct LawTextMarkup {
    let links: LawLinks
    private let footnotes: [LawDocument.Footnote]

    private(set) var text = ""
    private var tables = 0
    /// The labels above the next piece, with their depths.
    private var place: [(depth: Int, name: String)] = []
    private var names: Set<String> = []
    /// The footnotes that a marker in the text has led to.
    private var marked: Set<Int> = []

    /// Deeper nesting is not indented further.
    private static let deepest = 8

    init(links: LawLinks, footnotes: [LawDocument.Footnote]) {
        self.links = links
        self.footnotes = footnotes
    }

    static func body(_ document: LawDocument, at label: String?) -> String {
        var markup = LawTextMarkup(
            links: LawLinks(document.references, at: label),
            footnotes: document.footnotes
        )
        for block in document.blocks { markup.add(block) }
        return markup.text
    }

    // MARK: - Pieces

    private mutating func add(_ block: LawDocument.Block) {
        let name = name(of: block)
        let isTable = block.table != nil
        text += "<div class=\"piece depth-\(min(max(0, block.depth), Self.deepest))"
        if block.label == nil { text += " unlabelled" }
        if block.type == "heading" { text += " part-heading" }
        text += "\""
        if let name { text += " id=\"\(MarkupText.escaped(name))\"" }
        text += ">"
        if let label = block.label {
            if let name {
                text += "<a class=\"label\" href=\"#\(MarkupText.escaped(name))\">\(MarkupText.escaped(label))</a> "
            } else {
                text += "<span class=\"label\">\(MarkupText.escaped(label))</span> "
            }
        }
        text += isTable ? "<div>" : "<p>"
        if let status = block.status {
            text += "<span class=\"page status law-status\">\(MarkupText.escaped(status))</span> "
        }
        if let heading = block.heading, !heading.isEmpty {
            text += "<span class=\"piece-heading\">\(MarkupText.escaped(heading))</span>"
            if heading.last != "—" { text += " " }
        }
        if let table = block.table {
            tables += 1
            text += Self.table(table, name: "Table \(tables)")
        } else {
            addText(of: block)
        }
        text += isTable ? "</div></div>\n" : "</p></div>\n"
    }

    /// What the piece is called in references: `a/1/B`; `nil` for one without a label, and for one that repeats.
    private mutating func name(of block: LawDocument.Block) -> String? {
        while let last = place.last, last.depth >= block.depth { place.removeLast() }
        guard let label = block.label else { return nil }
        let own = label.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "–" }
        guard !own.isEmpty else { return nil }
        place.append((block.depth, own))
        let name = place.map(\.name).joined(separator: "/")
        return names.insert(name).inserted ? name : nil
    }

    private mutating func addText(of block: LawDocument.Block) {
        let scalars = block.text.unicodeScalars
        var next = scalars.startIndex
        var offset = 0
        var marks = block.marks.sorted { $0.position < $1.position }[...]

        /// Up to a scalar, with the markers that stand before or at it.
        func addPlain(to end: Int, _ markup: inout LawTextMarkup) {
            while let mark = marks.first, mark.position <= end {
                marks.removeFirst()
                addScalars(to: max(offset, mark.position), &markup)
                markup.addMark(mark.marker)
            }
            addScalars(to: end, &markup)
        }
        func addScalars(to end: Int, _ markup: inout LawTextMarkup) {
            guard end > offset else { return }
            let stop = scalars.index(next, offsetBy: end - offset, limitedBy: scalars.endIndex) ?? scalars.endIndex
            markup.text += MarkupText.escaped(String(scalars[next..<stop]))
            next = stop
            offset = end
        }

        for link in block.links where link.start >= offset && link.length > 0 {
            addPlain(to: link.start, &self)
            switch links.place(link.href) {
            case .page(let address): text += "<a href=\"\(MarkupText.escaped(address))\">"
            case .absent: text += "<span class=\"absent\" title=\"Not in this collection\">"
            }
            addScalars(to: link.start + link.length, &self)
            if case .page = links.place(link.href) { text += "</a>" } else { text += "</span>" }
        }
        addPlain(to: scalars.count, &self)
        // A marker that points behind the end is still shown.
        for mark in marks { addMark(mark.marker) }
    }

    private mutating func addMark(_ marker: String) {
        let shown = MarkupText.escaped(marker)
        guard
            let index = footnotes.indices.first(where: { footnotes[$0].marker == marker && !marked.contains($0) })
                ?? footnotes.firstIndex(where: { $0.marker == marker })
        else {
            text += "<sup class=\"page\">\(shown)</sup>"
            return
        }
        let id = marked.insert(index).inserted ? " id=\"mark-\(index + 1)\"" : ""
        text += "<sup class=\"page\"><a href=\"#footnote-\(index + 1)\"\(id)>\(shown)</a></sup>"
    }

    // MARK: - Tables

    /// The widest span that is believed, as a broken one would make a table of a million columns.
    private static let widestSpan = 100

    /// A table in a box of its own, which scrolls.
    static func table(_ rows: [[LawCell]], name: String) -> String {
        var text = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"\(MarkupText.escaped(name))\">"
        text += "<table class=\"law-table\">"
        let headers = rows.prefix { row in !row.isEmpty && row.allSatisfy(\.isHeader) }.count
        for (index, row) in rows.enumerated() {
            if index == 0 { text += headers > 0 ? "<thead>" : "<tbody>" }
            if index == headers, headers > 0 { text += "</thead><tbody>" }
            text += "<tr>"
            for cell in row {
                let tag = cell.isHeader ? "th" : "td"
                text += "<\(tag)"
                if cell.isHeader { text += index < headers ? " scope=\"col\"" : " scope=\"row\"" }
                if cell.columns > 1 { text += " colspan=\"\(min(cell.columns, widestSpan))\"" }
                if cell.rows > 1 { text += " rowspan=\"\(min(cell.rows, rows.count - index))\"" }
                text += ">\(MarkupText.escaped(cell.text))</\(tag)>"
            }
            text += "</tr>"
        }
        text += rows.isEmpty ? "" : headers == rows.count ? "</thead>" : "</tbody>"
        return text + "</table></div>"
    }
}
