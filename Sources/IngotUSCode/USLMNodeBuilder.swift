import IngotCore
import IngotLaw
import IngotMarkup

/// Makes nodes of a USLM document from the events of its parser.
///
/// It holds the nodes that are open and what is finished but not yet taken. Elements are told by their local names.
final class USLMNodeBuilder: XMLEventHandler {
    /// Finished nodes, in order; the reader takes them out.
    var finished: [LawNode] = []
    private(set) var findings = LawReadingFindings()
    private(set) var nodeCount = 0

    private let expectation: USLMExpectation
    private let names = USLMElementNames()
    private var identity = USLMIdentity()
    private var isIdentityChecked = false
    private var keys: NodeKeys

    private var frames: [Frame] = []
    /// Open nodes; the first ``openCount`` count, the rest are kept for reuse.
    private var nodes: [OpenNode] = []
    private var openCount = 0
    private var zone = Zone.outside
    /// Where text goes; `nil`: nowhere.
    private var flow: TextFlow?
    private var saved: [(zone: Zone, flow: TextFlow?)] = []
    private var quoteDepth = 0
    private var links: [OpenLink] = []

    private let numFlow = TextFlow()
    private let headingFlow = TextFlow()
    private let creditFlow = TextFlow()
    private let noteFlow = TextFlow()
    private let metaFlow = TextFlow()
    private let contentsFlow = TextFlow()
    private var contents = AnnouncedSections()
    private var footnotes: [OpenFootnote] = []
    private var note = LawNote()
    private var hasNoteHeading = false
    private var container = LawNote()

    init(_ expectation: USLMExpectation) {
        self.expectation = expectation
        keys = NodeKeys(unit: expectation.unit)
    }

    // MARK: - Open things

    /// What part of the document text belongs to.
    private enum Zone: UInt8 {
        case outside, homeless, meta, toc, marker, text, num, heading, credit, notes, note, footnote
    }

    /// What an open element is, which says what its end means.
    private enum Role: UInt8 {
        case plain, apart, block, level, label, titling, quote, table, row, cell, caption
        case link, node, zone, metaField, contentsItem, noteHeading, footnoteMarker
    }

    private struct Frame {
        var element: USLMElement
        var role: Role
    }

    private final class OpenNode {
        var node = LawNode(unit: "", key: "", parent: nil, level: "", index: 0)
        let text = TextFlow()
        var element = USLMElement.inline
        var hasKey = false
        var ordinal = 0
        var number: String?
        var hasNum = false
        var hasHeading = false
        var unnamed: [USLMElement: Int] = [:]
    }

    private struct OpenLink {
        var href: String
        var isReference: Bool
        var flow: TextFlow
        var mark: Int
    }

    private struct OpenFootnote {
        var flow: TextFlow
        /// Its place in the node's list, so that a footnote to a footnote comes after it.
        var index: Int
    }

    // MARK: - Events

    func startElement(_ name: Span<UInt8>, namespace: Span<UInt8>, attributes: borrowing XMLAttributes) throws {
        let element = names.element(name)
        if frames.isEmpty { try checkRoot(element, name, attributes) }
        let role: Role =
            switch zone {
            case .marker, .homeless: .plain
            case .meta: startInMeta(element)
            case .toc: startInContents(element, attributes)
            case .outside, .text: try startInText(element, attributes)
            case .num, .heading, .credit, .notes, .note, .footnote: startInField(element, attributes)
            }
        frames.append(Frame(element: element, role: role))
    }

    func characters(_ text: Span<UInt8>) {
        switch zone {
        case .meta, .toc, .marker: break
        default: findings.sourceCharacters += TextCensus.inked(text)
        }
        flow?.append(text)
    }

    func endElement(_ name: Span<UInt8>) throws {
        guard let frame = frames.popLast() else { return }
        switch frame.role {
        case .plain: break
        case .apart: flow?.separate(.space)
        case .block: flow?.endBlock(in: enclosing)
        case .level: flow?.endLevel(in: enclosing)
        case .label: flow?.endLabel()
        case .titling: flow?.endHeading(in: enclosing, endsLine: frames.last?.element.isNode ?? true)
        case .quote:
            quoteDepth -= 1
            flow?.endQuote(in: enclosing)
        case .table: flow?.endTable(in: enclosing)
        case .row: flow?.endRow(in: enclosing)
        case .cell: flow?.endCell()
        case .caption: flow?.endCaption(in: enclosing)
        case .link: endLink()
        case .node: endNode()
        case .zone: try endZone()
        case .metaField: endMetaField(frame.element)
        case .contentsItem: endContentsItem()
        case .noteHeading: endNoteHeading()
        case .footnoteMarker: endFootnoteMarker()
        }
    }

    /// The closest element that holds text of its own.
    private var enclosing: USLMElement {
        for frame in frames.reversed() {
            switch frame.role {
            case .block, .level, .quote: return frame.element
            case .node, .zone: return .text
            default: break
            }
        }
        return .text
    }

    // MARK: - Zones

    private func enter(_ zone: Zone, _ flow: TextFlow?) -> Role {
        saved.append((self.zone, self.flow))
        self.zone = zone
        self.flow = flow
        return .zone
    }

    private func endZone() throws {
        let left = zone
        if let (zone, flow) = saved.popLast() { (self.zone, self.flow) = (zone, flow) }
        switch left {
        case .num: endNum()
        case .heading: endHeading()
        case .credit: endCredit()
        case .notes: endStrayNote()
        case .note: endNote()
        case .footnote: endFootnote()
        case .meta: try checkIdentity()
        case .toc, .marker, .homeless, .outside, .text: break
        }
    }

    private func startInText(_ element: USLMElement, _ attributes: borrowing XMLAttributes) throws -> Role {
        if element.isNode, quoteDepth == 0 {
            try openNode(element, attributes)
            return .node
        }
        if zone == .outside {
            return switch element {
            case .meta: enter(.meta, nil)
            case .toc: enter(.toc, nil)
            // Quotes, notes and what is in them are no place for nodes, and here they belong to none.
            case .quotedContent, .note, .notes: enter(.homeless, nil)
            default: .plain
            }
        }
        switch element {
        case .sourceCredit:
            creditFlow.reset()
            return enter(.credit, creditFlow)
        case .note where !isFootnote(attributes):
            beginNote(attributes)
            return enter(.note, noteFlow)
        case .notes:
            container = LawNote(topic: attributes.string("topic"), role: attributes.string("role"))
            noteFlow.reset()
            startStrayNote()
            return enter(.notes, noteFlow)
        case .num where frames.last?.role == .node && !nodes[openCount - 1].hasNum:
            nodes[openCount - 1].hasNum = true
            nodes[openCount - 1].number = attributes.string("value")
            numFlow.reset()
            return enter(.num, numFlow)
        case .heading where frames.last?.role == .node && !nodes[openCount - 1].hasHeading:
            nodes[openCount - 1].hasHeading = true
            headingFlow.reset()
            return enter(.heading, headingFlow)
        default:
            return startInField(element, attributes)
        }
    }

    /// Text of a node and of everything that belongs to one.
    private func startInField(_ element: USLMElement, _ attributes: borrowing XMLAttributes) -> Role {
        switch element {
        case .toc: return enter(.toc, nil)
        case .meta where zone == .text: return enter(.meta, nil)
        case .note where isFootnote(attributes): return beginFootnote()
        case .note where zone == .notes:
            endStrayNote()
            beginNote(attributes)
            return enter(.note, noteFlow)
        case .ref where attributes.has("class", containing: "footnoteRef"): return enter(.marker, nil)
        case .ref, .a:
            if let flow, let href = attributes.string("href") {
                links.append(OpenLink(href: href, isReference: element == .ref, flow: flow, mark: flow.length))
                return .link
            }
            return .plain
        case .heading where isNoteHeading: return .noteHeading
        case .num where zone == .footnote && frames.last?.role == .zone && flow?.isEmpty == true:
            flow?.beginLabel()
            return .footnoteMarker
        default: return layOut(element, attributes)
        }
    }

    private func layOut(_ element: USLMElement, _ attributes: borrowing XMLAttributes) -> Role {
        guard let flow else { return .plain }
        switch element.layout {
        case .inline: return .plain
        case .apart:
            flow.separate(.space)
            return .apart
        case .block:
            flow.beginBlock(element)
            return .block
        case .level:
            flow.beginLevel(element)
            return .level
        case .label:
            flow.beginLabel()
            return .label
        case .titling:
            flow.beginHeading()
            return .titling
        case .quote:
            quoteDepth += 1
            flow.beginQuote()
            return .quote
        case .table:
            flow.beginTable()
            return .table
        case .row:
            flow.beginRow(element)
            return .row
        case .cell:
            flow.beginCell(
                isHeader: element == .th || frames.contains { $0.element == .header || $0.element == .thead },
                columnSpan: attributes.integer("colspan") ?? 1,
                rowSpan: attributes.integer("rowspan") ?? 1
            )
            return .cell
        case .caption:
            flow.beginCaption()
            return .caption
        }
    }

    private func isFootnote(_ attributes: borrowing XMLAttributes) -> Bool {
        attributes.has("type", equalTo: "footnote")
    }

    // MARK: - Document

    private func checkRoot(
        _ element: USLMElement,
        _ name: Span<UInt8>,
        _ attributes: borrowing XMLAttributes
    ) throws {
        try expectation.checkRoot(element, name: name)
        identity.identifier = attributes.string("identifier")
    }

    private func startInMeta(_ element: USLMElement) -> Role {
        guard element == .docNumber || element == .docPublicationName else { return .plain }
        metaFlow.reset()
        flow = metaFlow
        return .metaField
    }

    private func endMetaField(_ element: USLMElement) {
        flow = nil
        if element == .docNumber { identity.docNumber = metaFlow.string() }
        if element == .docPublicationName { identity.publicationName = metaFlow.string() }
    }

    private func checkIdentity() throws {
        guard !isIdentityChecked else { return }
        isIdentityChecked = true
        try expectation.check(identity)
    }

    /// Links and footnotes in a table of contents; the rest of it is navigation.
    private func startInContents(_ element: USLMElement, _ attributes: borrowing XMLAttributes) -> Role {
        let isInNote = saved.contains { $0.zone == .note || $0.zone == .notes || $0.zone == .credit }
        switch element {
        case .tocItem where !isInNote && quoteDepth == 0:
            contents.beginItem()
            contentsFlow.reset()
            flow = contentsFlow
            return .contentsItem
        case .column where flow != nil: contents.beginColumn()
        case .ref where flow != nil:
            if let key = attributes.string("href").flatMap({ USCodeReference.target(of: $0, keys: keys) }),
                key.hasPrefix(keys.document + "/")
            {
                contents.link(key)
            }
        case .note where isInNote && isFootnote(attributes): return beginFootnote()
        default: break
        }
        return .plain
    }

    private func endContentsItem() {
        flow = nil
        contents.endItem(text: contentsFlow.string())
    }

    /// Call this when the document has ended without error.
    func documentEnded() {
        findings.announcedKeys = contents.resolved(among: keys.all)
    }

    // MARK: - Nodes

    private func openNode(_ element: USLMElement, _ attributes: borrowing XMLAttributes) throws {
        try checkIdentity()
        let parent = openCount > 0 ? nodes[openCount - 1] : nil
        if let parent { nameNode(parent, below: openCount > 1 ? nodes[openCount - 2] : nil) }
        parent?.text.endBlock(in: .text)
        if nodes.count == openCount { nodes.append(OpenNode()) }
        let open = nodes[openCount]
        openCount += 1
        open.node = LawNode(
            unit: expectation.unit,
            key: "",
            parent: parent?.node.key,
            level: element.rawValue,
            index: nodeCount
        )
        nodeCount += 1
        open.node.status = attributes.string("status").flatMap { $0.isEmpty ? nil : $0 }
        open.element = element
        open.hasNum = false
        open.hasHeading = false
        open.number = nil
        open.unnamed.removeAll()
        open.text.reset()
        if let identifier = attributes.string("identifier"), !identifier.isEmpty {
            open.node.key = keys.key(identifier: identifier)
            open.hasKey = true
        } else {
            open.hasKey = false
            open.ordinal = (parent?.unnamed[element] ?? 0) + 1
            parent?.unnamed[element] = open.ordinal
        }
        saved.append((zone, flow))
        zone = .text
        flow = open.text
    }

    /// Names a node without identifier once its number is known or cannot come any more.
    private func nameNode(_ open: OpenNode, below parent: OpenNode?) {
        guard !open.hasKey else { return }
        open.hasKey = true
        open.node.key = keys.key(
            parent: parent?.node.key,
            level: open.node.level,
            number: open.number,
            ordinal: open.ordinal
        )
    }

    private func endNode() {
        let open = nodes[openCount - 1]
        nameNode(open, below: openCount > 1 ? nodes[openCount - 2] : nil)
        open.node.text = open.text.string()
        open.node.blocks = open.text.blocks
        switch open.element {
        case .section: open.node.citation = USCodeCitation.section(unit: open.node.unit, num: open.node.num)
        case .courtRule:
            open.node.citation = USCodeCitation.rule(
                num: open.node.num,
                of: nodes[..<(openCount - 1)].map(\.node.heading)
            )
        default: break
        }
        findings.keptCharacters += Self.inked(open.node)
        finished.append(open.node)
        open.node = LawNode(unit: "", key: "", parent: nil, level: "", index: 0)
        openCount -= 1
        if let (zone, flow) = saved.popLast() { (self.zone, self.flow) = (zone, flow) }
    }

    private static func inked(_ node: LawNode) -> Int {
        var count = TextCensus.inked(node.num) + TextCensus.inked(node.heading) + TextCensus.inked(node.text)
        count += TextCensus.inked(node.credit)
        for note in node.notes { count += TextCensus.inked(note.heading) + TextCensus.inked(note.text) }
        for footnote in node.footnotes { count += TextCensus.inked(footnote.text) }
        return count
    }

    private func endNum() {
        nodes[openCount - 1].node.num = numFlow.string()
    }

    private func endHeading() {
        nodes[openCount - 1].node.heading = headingFlow.string()
    }

    private func endCredit() {
        let credit = creditFlow.string()
        let open = nodes[openCount - 1]
        if open.node.credit.isEmpty {
            open.node.credit = credit
        } else if !credit.isEmpty {
            open.node.credit += "\n" + credit
        }
    }

    private func endLink() {
        guard let link = links.popLast() else { return }
        link.flow.link(link.href, since: link.mark)
        guard link.isReference, openCount > 0 else { return }
        nodes[openCount - 1].node.refs.append(
            LawReference(
                href: link.href,
                text: link.flow.string(from: link.flow.start(since: link.mark)),
                target: USCodeReference.target(of: link.href, keys: keys)
            )
        )
    }

    // MARK: - Notes

    private var isNoteHeading: Bool {
        (zone == .note || zone == .notes) && frames.last?.role == .zone && noteFlow.isEmpty && !hasNoteHeading
    }

    private func beginNote(_ attributes: borrowing XMLAttributes) {
        note = LawNote(topic: attributes.string("topic"), role: attributes.string("role"))
        hasNoteHeading = false
        noteFlow.reset()
    }

    private func endNote() {
        note.text = noteFlow.string()
        nodes[openCount - 1].node.notes.append(note)
        noteFlow.reset()
        if zone == .notes { startStrayNote() }
    }

    /// Text of a container of notes that is in none of them becomes a note, too.
    private func startStrayNote() {
        note = container
        hasNoteHeading = false
    }

    private func endStrayNote() {
        if hasNoteHeading || !noteFlow.isEmpty { endNote() }
    }

    private func endNoteHeading() {
        note.heading = noteFlow.string()
        hasNoteHeading = true
        noteFlow.reset()
    }

    private func beginFootnote() -> Role {
        guard openCount > 0 else { return enter(.homeless, nil) }
        let flow = TextFlow()
        // So that its number and its first paragraph share a line.
        flow.beginLevel(.note)
        let open = nodes[openCount - 1]
        footnotes.append(OpenFootnote(flow: flow, index: open.node.footnotes.count))
        open.node.footnotes.append(LawFootnote())
        return enter(.footnote, flow)
    }

    private func endFootnote() {
        guard let footnote = footnotes.popLast() else { return }
        nodes[openCount - 1].node.footnotes[footnote.index].text = footnote.flow.string()
    }

    private func endFootnoteMarker() {
        guard let footnote = footnotes.last else { return }
        let marker = footnote.flow.string()
        if !marker.isEmpty { nodes[openCount - 1].node.footnotes[footnote.index].marker = marker }
        footnote.flow.endLabel()
    }
}
