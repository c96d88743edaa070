import IngotCore
import IngotLaw

/// Turns the page of a chapter or article into nodes: the chapter, its parts and subparts, and the sections.
struct ChapterNodes {
    /// In the page's order, each before those below it.
    private(set) var nodes: [LawNode] = []
    private(set) var findings = LawReadingFindings()

    private let unit: String
    private let division: StatuteDivision
    private let key: String
    private var uses: [String: Int] = [:]
    /// What is open, from the chapter down to the section.
    private var open: [OpenNode] = []
    /// What stands before the chapter's heading.
    private var leading: [StatutePage.Piece] = []
    /// Whether nothing but the number and name has come of what is open.
    private var isInHeading = false
    /// Keys of sections by which plain paragraphs begin: a section that was not recognised would look so.
    private var suspected: [String] = []
    /// Stars taken out of headings, where a note with the same star says what they mean.
    private var stars = 0

    private struct OpenNode {
        var depth: Depth
        /// Where its finished node goes.
        var place: Int
        var node: LawNode
        var blocks = StatuteBlocks()
    }

    private enum Depth: Int {
        case chapter, part, subpart, section
    }

    /// - Parameters:
    ///   - unit: for example `53a-ch952` or `42a-art2a`.
    ///   - title: the number of the title that the chapter is in: `53a`.
    /// - Throws: `JobFailure` `document_unexpected` for a page that is of no chapter or of another one.
    init(page: StatutePage, unit: String, division: StatuteDivision, title: String) throws {
        self.unit = unit
        self.division = division
        key = StatuteKey.division(division, title: title)
        findings.sourceCharacters = page.characters
        for piece in page.pieces { try take(piece, title: title) }
        findings.announcedKeys += suspected
        guard !nodes.isEmpty || !open.isEmpty else { throw unexpected("no heading of a chapter") }
        close(downTo: .chapter)
        findings.keptCharacters = nodes.reduce(stars) { $0 + $1.characters }
        findings.emptyPieces = nodes.filter { $0.level == "section" && $0.heading.isEmpty && $0.text.isEmpty }
            .map { LawReadingFindings.EmptyPiece(key: $0.key, piece: "section") }
    }

    private func unexpected(_ found: String) -> JobFailure {
        JobFailure(
            code: "document_unexpected",
            message: "The page should be \(division.isArticle ? "article" : "chapter") \(division.number), "
                + "and has \(found.prefix(200)).",
            unit: unit,
            advice: "Look at the unit's address in a browser; if the page has a new shape, the source has to learn it."
        )
    }

    // MARK: - Pieces

    private mutating func take(_ piece: StatutePage.Piece, title: String) throws {
        if open.isEmpty, nodes.isEmpty {
            if case .heading(let classes, _) = piece, classes.contains("chap-no") {
            } else {
                leading.append(piece)
                return
            }
        }
        guard case .heading(let classes, let text) = piece else {
            isInHeading = false
            try takeContent(piece)
            return
        }
        try takeHeading(classes.first { Self.headings.contains($0) }.map(String.init) ?? "", text, title: title)
    }

    private static let headings: Set<Substring> = [
        "chap-no", "chap-name", "part-no", "part-name", "subpart-no", "subpart-name",
    ]

    private mutating func takeContent(_ piece: StatutePage.Piece) throws {
        switch piece {
        case .heading(_, let text): try withOpenNode { $0.blocks.add(text, type: "heading") }
        case .paragraph(let classes, let catchline?, let text):
            try begin(catchline)
            try takeParagraph(classes, text)
        case .paragraph(let classes, nil, let text):
            suspect(text, title: key)
            try takeParagraph(classes, text)
        case .table(let element): try withOpenNode { $0.blocks.add(table: element) }
        case .contents(let text, let isBold): announce(text, isDead: isBold)
        case .sectionEnd: close(downTo: .section)
        }
    }

    private mutating func takeHeading(_ kind: String, _ text: FlowingText, title: String) throws {
        switch kind {
        case "chap-no":
            guard open.isEmpty, nodes.isEmpty else {
                try withOpenNode { $0.blocks.add(text, type: "heading") }
                return
            }
            guard let found = StatuteDivision(text.text), found.isSame(as: division) else {
                throw unexpected("the heading “\(text.text)”")
            }
            begin(
                .chapter,
                level: division.isArticle ? "article" : "chapter",
                key: key,
                parent: StatuteKey.title(title)
            )
            let order = division.order
            name {
                $0.num = text.text
                $0.order = order
            }
            if !division.isArticle {
                // What refers to a chapter mostly does not say its title.
                let alias = StatuteKey.chapter(division.number)
                name { $0.covers = [LawKeyRange(first: alias, last: alias)] }
            }
            for piece in leading { try takeContent(piece) }
            leading = []
            let citation = "Conn. Gen. Stat. \(division.isArticle ? "tit. \(title), art." : "ch.") \(division.number)"
            name { $0.citation = citation }
        case "part-no": try beginPart(.part, num: text)
        case "subpart-no": try beginPart(.subpart, num: text)
        case "chap-name": try nameOpenNode(.chapter, text)
        case "part-name": try nameOpenNode(.part, text)
        case "subpart-name": try nameOpenNode(.subpart, text)
        default:
            isInHeading = false
            try withOpenNode { $0.blocks.add(text, type: "heading") }
        }
    }

    private mutating func beginPart(_ depth: Depth, num: FlowingText) throws {
        close(downTo: depth)
        guard let parent = open.last?.node.key else { throw unexpected("a part before its own heading") }
        let words = num.text.filter { !"*()[]".contains($0) }.split { $0 == " " }
        let isNamed = words.count > 1 && ["part", "subpart"].contains(words[0].lowercased())
        let number = (isNamed ? words[1] : words.first ?? "").prefix { $0.isLetter || $0.isNumber || $0 == "-" }
        beginPart(depth, step: number.isEmpty ? Self.slug(num.text) : String(number), below: parent)
        name { $0.num = num.text }
    }

    private mutating func beginPart(_ depth: Depth, step: String, below parent: String) {
        let isPart = depth == .part
        begin(
            depth,
            level: isPart ? "part" : "subpart",
            key: "\(parent)/\(isPart ? "pt" : "spt")\(step)",
            parent: parent
        )
    }

    /// Takes the name of what has just begun; a part that has a name and no number begins with it.
    private mutating func nameOpenNode(_ depth: Depth, _ text: FlowingText) throws {
        guard let last = open.last else {
            throw unexpected("a name before its number")
        }
        if last.depth == depth, isInHeading || last.node.heading.isEmpty && nodes.count == last.place + 1 {
            isInHeading = true
            name { $0.heading += $0.heading.isEmpty ? text.text : " \(text.text)" }
        } else if depth == .chapter {
            try withOpenNode { $0.blocks.add(text, type: "heading") }
        } else {
            close(downTo: depth)
            guard let parent = open.last?.node.key else { throw unexpected("a part before its own heading") }
            beginPart(depth, step: Self.slug(text.text), below: parent)
            name { $0.heading = text.text }
        }
    }

    /// What a part without a number is called by: `-definitions`.
    private static func slug(_ text: String) -> String {
        "-" + text.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(8).joined(separator: "-")
    }

    /// Notes a plain paragraph that begins as a section does.
    ///
    /// For example `Sec. 4-1. Caption.`
    private mutating func suspect(_ text: FlowingText, title: String) {
        guard text.text.hasPrefix("Sec"), let designation = SectionDesignation(text.text),
            designation.printed.hasSuffix("."), let number = designation.runs.first?.first
        else { return }
        // Other titles' sections may be quoted.
        let prefix = title.split(separator: "/").dropLast().last?.dropFirst() ?? ""
        if number.lowercased().hasPrefix(prefix + "-") { suspected.append(SectionDesignation.key(of: number)) }
    }

    private mutating func takeParagraph(_ classes: [Substring], _ text: FlowingText) throws {
        guard !text.text.isEmpty else { return }
        guard let kind = classes.first(where: { StatuteNotes.topic(ofClass: $0) != nil }) else {
            try withOpenNode { $0.blocks.add(text) }
            return
        }
        try withOpenNode { $0.node.add(note: text, class: kind, isSection: $0.depth == .section) }
    }

    /// What stands before the first heading would be lost: there must be none.
    private mutating func withOpenNode(_ change: (inout OpenNode) -> Void) throws {
        guard !open.isEmpty else { throw unexpected("text before its heading") }
        change(&open[open.count - 1])
    }

    private mutating func name(_ change: (inout LawNode) -> Void) { change(&open[open.count - 1].node) }

    private mutating func announce(_ text: String, isDead: Bool) {
        guard let designation = SectionDesignation(text) else { return }
        let ends = designation.runs.flatMap { $0.first == $0.last ? [$0.first] : [$0.first, $0.last] }
        let keys = ends.map { SectionDesignation.key(of: $0) }
        if isDead || SectionStatus.status(ofRemark: String(designation.rest)) != nil {
            findings.announcedDeadKeys += keys
        } else {
            findings.announcedKeys += keys
        }
    }

    // MARK: - Nodes

    private mutating func begin(_ catchline: StatutePage.Catchline) throws {
        close(downTo: .section)
        guard let parent = open.last?.node.key else { throw unexpected("a section before its own heading") }
        let printed = SectionDesignation(catchline.text.text)
        let designation = printed ?? catchline.anchor.flatMap { SectionDesignation(anchor: $0) }
        // A heading without any number is kept all the same.
        begin(.section, level: "section", key: designation?.key ?? "\(key)/unnumbered", parent: parent)
        name { node in
            node.num = printed?.printed ?? ""
            node.heading = printed.map { String($0.rest) } ?? catchline.text.text
            node.covers = designation?.covers ?? []
            node.citation = designation?.citation
            node.refs += catchline.text.references(
                relation: StatuteNotes.isFormerly(node.heading) ? .formerly : nil,
                within: node.heading
            )
        }
    }

    private mutating func begin(_ depth: Depth, level: String, key: String, parent: String) {
        let count = uses[key, default: 0] + 1
        uses[key] = count
        var node = LawNode(
            unit: unit,
            key: count > 1 ? "\(key)~\(count)" : key,
            parent: parent,
            level: level,
            index: nodes.count
        )
        if count > 1 { node.repeats = key }
        open.append(OpenNode(depth: depth, place: nodes.count, node: node))
        isInHeading = true
        // Its place; the node itself comes when all of it has been read.
        nodes.append(node)
    }

    private mutating func close(downTo depth: Depth) {
        while let last = open.last, last.depth.rawValue >= depth.rawValue {
            var node = last.node
            node.blocks = last.blocks.blocks
            node.text = last.blocks.text
            node.refs = last.blocks.references + node.refs
            if last.depth == .section {
                node.status = SectionStatus.status(heading: node.heading, text: node.text)
                if node.status == "transferred" { node.markTransfer() }
            }
            stars += node.takeStars()
            nodes[last.place] = node
            open.removeLast()
        }
    }
}
