import IngotCore
import IngotLaw
import IngotMarkup

/// Makes nodes of a USLM document from the events of its parser.
///
/// It holds the nodes that are open and what is finished but not yet taken. Elements are told by their local names.
struct USLMNodeBuilder {
    /// Finished nodes, in order; the reader takes them out.
    var finished: [LawNode] = []
    var findings = LawReadingFindings()
    var nodeCount = 0

    let expectation: USLMExpectation
    let names = USLMElementNames()
    var identity = USLMIdentity()
    var isIdentityChecked = false
    var keys: NodeKeys
    var contents = ContentsAnnouncements()
    var blanks = BlankPieces()

    var frames: [Frame] = []
    var nodes: [OpenNode] = []
    var links: [OpenLink] = []
    var footnotes: [OpenFootnote] = []
    var zone = Zone.outside
    var flows = TextFlows()
    /// Where text goes; `nil`: nowhere.
    var flow: TextFlows.Index?
    private var saved: [(zone: Zone, flow: TextFlows.Index?)] = []
    /// Open quotes, in which nothing is a node.
    var quoteDepth = 0
    /// The note that is open, or that text between notes would become.
    var note = LawNote()
    var hasNoteHeading = false
    /// The container of notes that is open.
    var container = LawNote()

    init(_ expectation: USLMExpectation) {
        self.expectation = expectation
        keys = NodeKeys(unit: expectation.unit)
    }

    // MARK: - Open things

    /// What part of the document text belongs to.
    enum Zone: UInt8 {
        case outside, homeless, meta, toc, contentsFootnote, marker, text, num, heading, credit, notes, note, footnote
    }

    /// What an open element is, which says what its end means.
    enum Role: UInt8 {
        case plain, apart, block, level, label, titling, quote, table, row, cell, caption
        case link, node, zone, metaField, contentsHead, contentsLine, noteHeading, footnoteMarker
    }

    struct Frame {
        var element: USLMElement
        var role: Role
    }

    struct OpenNode {
        var node: LawNode
        var element: USLMElement
        var text: TextFlows.Index
        /// The text of its own as the document has it.
        var published = PublishedText()
        /// With its document named; `nil` when the element has none.
        var identifier: String?
        var hasKey = false
        /// Its place among its parent's nodes of its level without identifier, from 1.
        var ordinal = 0
        var number: String?
        var hasNum = false
        var hasHeading = false
        /// Whether something stands for its text: a node below it, a note of its own, a picture.
        var hasOtherContent = false
        /// Its pieces without text, known before its key.
        var emptyPieces: [String] = []
        /// The nodes without identifier below it, to tell when one of them comes again.
        var unnamedContents: [Int: String] = [:]
        /// How many nodes without identifier are below it, by level.
        var unnamed: [USLMElement: Int] = [:]
    }

    struct OpenLink {
        var href: String
        var flow: TextFlows.Index
        var mark: Int
    }

    struct OpenFootnote {
        var flow: TextFlows.Index
        /// Its place in the node's list, so that a footnote to a footnote comes after it.
        var index: Int
    }

    // MARK: - Events

    mutating func start(_ name: Span<UInt8>, _ attributes: borrowing XMLAttributes) throws {
        let element = names.element(name)
        if frames.isEmpty { try checkRoot(element, name, attributes) }
        if blanks.hasCandidate {
            blanks.elementBegins(
                element,
                depth: frames.count,
                flow: flow,
                length: flow.map { flows.length(of: $0) } ?? 0
            )
        }
        let role: Role =
            switch zone {
            case .marker, .homeless, .contentsFootnote: .plain
            case .meta: startInMeta(element)
            case .toc: startInContents(element, attributes)
            case .outside, .text: try startInText(element, attributes)
            case .num, .heading, .credit, .notes, .note, .footnote: startInField(element, attributes)
            }
        frames.append(Frame(element: element, role: role))
    }

    mutating func characters(_ text: Span<UInt8>) {
        switch zone {
        case .meta, .toc, .contentsFootnote, .marker: break
        default: findings.sourceCharacters += TextCensus.inked(text)
        }
        if zone == .text || zone == .marker && saved.last?.zone == .text {
            nodes[nodes.count - 1].published.append(text)
        }
        if let flow { flows[flow].append(text) }
    }

    mutating func end() throws {
        guard let frame = frames.popLast() else { return }
        if blanks.hasCandidate { blanks.elementEnded(depth: frames.count) { flows.length(of: $0) } }
        switch frame.role {
        case .plain: break
        case .link: endLink()
        case .node: endNode()
        case .zone: try endZone()
        case .metaField: endMetaField(frame.element)
        case .contentsHead, .contentsLine: endContentsLine(frame.role)
        case .noteHeading: endNoteHeading()
        case .footnoteMarker: endFootnoteMarker()
        default: if let flow { endLayout(frame, in: flow) }
        }
    }

    private mutating func endLayout(_ frame: Frame, in flow: TextFlows.Index) {
        switch frame.role {
        case .apart: flows[flow].separate(.space)
        case .block:
            if mustHoldText(frame.element) { endPiece(in: flow) }
            flows[flow].endBlock(in: enclosing)
        case .level:
            endPiece(in: flow)
            flows[flow].endLevel(in: enclosing)
        case .label:
            if frames.last?.role == .level { endPieceLabel(in: flow) }
            flows[flow].endLabel()
        case .titling:
            if frames.last?.role == .level { endPieceHeading(in: flow) }
            flows[flow].endHeading(in: enclosing, endsLine: frames.last?.element.isNode ?? true)
        case .quote:
            quoteDepth -= 1
            flows[flow].endQuote(in: enclosing)
        case .table: flows[flow].endTable(in: enclosing)
        case .row: flows[flow].endRow(in: enclosing)
        case .cell: flows[flow].endCell()
        case .caption: flows[flow].endCaption(in: enclosing)
        default: break
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

    mutating func enter(_ zone: Zone, _ flow: TextFlows.Index?) -> Role {
        saved.append((self.zone, self.flow))
        self.zone = zone
        self.flow = flow
        return .zone
    }

    mutating func leaveZone() {
        if let (zone, flow) = saved.popLast() { (self.zone, self.flow) = (zone, flow) }
    }

    /// Whether any of the zones around the current one is like this.
    func isInside(_ condition: (Zone) -> Bool) -> Bool {
        saved.contains { condition($0.zone) }
    }

    private mutating func endZone() throws {
        let left = zone
        leaveZone()
        switch left {
        case .num:
            nodes[nodes.count - 1].node.num = flows.string(of: TextFlows.num)
            if flows.isEmpty(TextFlows.num) { addEmptyPiece("num") }
        case .heading:
            nodes[nodes.count - 1].node.heading = flows.string(of: TextFlows.heading)
            if flows.isEmpty(TextFlows.heading) { addEmptyPiece("heading") }
        case .credit: endCredit()
        case .notes: endStrayNote()
        case .note: endNote()
        case .footnote: endFootnote()
        case .meta: try checkIdentity()
        case .contentsFootnote: contents.annotate(flows[TextFlows.meta].string())
        case .marker: if zone == .text, let flow { flows[flow].mark(flows.string(of: TextFlows.marker)) }
        case .toc, .homeless, .outside, .text: break
        }
    }

    private mutating func startInText(_ element: USLMElement, _ attributes: borrowing XMLAttributes) throws -> Role {
        if element.isNode, quoteDepth == 0 {
            try openNode(element, attributes)
            return .node
        }
        if zone == .outside {
            return switch element {
            case .meta: enter(.meta, nil)
            case .toc: beginContents()
            // Quotes, notes and what is in them are no place for nodes, and here they belong to none.
            case .quotedContent, .note, .notes: enter(.homeless, nil)
            default: .plain
            }
        }
        switch element {
        case .sourceCredit:
            flows[TextFlows.credit].reset()
            return enter(.credit, TextFlows.credit)
        case .note where !isFootnote(attributes):
            if frames.last?.role == .node { nodes[nodes.count - 1].hasOtherContent = true }
            if frames.last?.role == .level { blanks.fill() }
            beginNote(attributes)
            return enter(.note, TextFlows.note)
        case .notes:
            beginNotes(attributes)
            return enter(.notes, TextFlows.note)
        case .num where frames.last?.role == .node && !nodes[nodes.count - 1].hasNum:
            nodes[nodes.count - 1].hasNum = true
            nodes[nodes.count - 1].number = attributes.string("value")
            flows[TextFlows.num].reset()
            return enter(.num, TextFlows.num)
        case .heading where frames.last?.role == .node && !nodes[nodes.count - 1].hasHeading:
            nodes[nodes.count - 1].hasHeading = true
            flows[TextFlows.heading].reset()
            return enter(.heading, TextFlows.heading)
        default:
            return startInField(element, attributes)
        }
    }

    /// Text of a node and of everything that belongs to one.
    private mutating func startInField(_ element: USLMElement, _ attributes: borrowing XMLAttributes) -> Role {
        guard let flow else { return .plain }
        switch element {
        case .inline: return .plain
        case .date where frames.last?.element == .signature || frames.last?.element == .signatures:
            flows[flow].beginBlock(element)
            return .block
        case .toc: return beginContents()
        case .note where isFootnote(attributes): return beginFootnote()
        case .note where zone == .notes:
            endStrayNote()
            beginNote(attributes)
            return enter(.note, TextFlows.note)
        case .ref where attributes.has("class", containing: "footnoteRef"):
            flows[TextFlows.marker].reset()
            return enter(.marker, TextFlows.marker)
        case .ref, .a: return beginLink(attributes, in: flow)
        case .img:
            blanks.fill()
            if !nodes.isEmpty { nodes[nodes.count - 1].hasOtherContent = true }
            return .plain
        case .heading where isNoteHeading: return .noteHeading
        case .num where zone == .footnote && frames.last?.role == .zone && flows.isEmpty(flow):
            flows[flow].beginLabel()
            return .footnoteMarker
        default: return beginLayout(element, attributes, in: flow)
        }
    }

    private mutating func beginLayout(
        _ element: USLMElement,
        _ attributes: borrowing XMLAttributes,
        in flow: TextFlows.Index
    ) -> Role {
        switch element.layout {
        case .inline: return .plain
        case .apart:
            flows[flow].separate(.space)
            return .apart
        case .block:
            if mustHoldText(element) { beginPiece(element, isLevel: false, in: flow) }
            flows[flow].beginBlock(element)
            return .block
        case .level:
            beginPiece(element, isLevel: true, in: flow)
            flows[flow].beginLevel(element)
            return .level
        case .label:
            flows[flow].beginLabel()
            return .label
        case .titling:
            flows[flow].beginHeading()
            return .titling
        case .quote:
            quoteDepth += 1
            flows[flow].beginQuote()
            return .quote
        case .table:
            flows[flow].beginTable()
            return .table
        case .row:
            flows[flow].beginRow(element)
            return .row
        case .cell:
            flows[flow].beginCell(
                isHeader: element == .th || frames.contains { $0.element == .header || $0.element == .thead },
                columnSpan: attributes.integer("colspan") ?? 1,
                rowSpan: attributes.integer("rowspan") ?? 1
            )
            return .cell
        case .caption:
            flows[flow].beginCaption()
            return .caption
        }
    }
}
