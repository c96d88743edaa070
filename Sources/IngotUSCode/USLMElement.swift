import Glibc

/// The elements of USLM 1.0 and 2 and of the XHTML inside it that the reader treats in some way of their own, by
/// local name.
///
/// Schemas: https://uscode.house.gov/download/resources/schemaandcss.zip, https://github.com/usgpo/uslm.
enum USLMElement: String, CaseIterable, Sendable {
    // Documents.
    case uscDoc, html, meta, docNumber, docPublicationName, main
    // Levels that are nodes of the corpus.
    case title, subtitle, division, subdivision, chapter, subchapter, part, subpart, article, subarticle, section
    case appendix, compiledAct, courtRules, courtRule, reorganizationPlans, reorganizationPlan, level
    // Levels inside a section.
    case subsection, paragraph, subparagraph, clause, subclause, item, subitem, subsubitem
    // What belongs to a level.
    case num, heading, sourceCredit, note, notes, toc
    // Text in blocks.
    case chapeau, content, continuation, proviso, text, p, block, center, crossHeading, subheading, recital
    case preamble, enactingFormula, resolvingClause, instruction, action, statement, signatures, signature, name, role
    case affiliation, notation, autograph, signatureDate, sidenote, endnote, slugLine, line
    case made, approved, docTitle, longTitle, amendingFormula, editorialNote, statutoryNote, changeNote, schedule, rule
    case list, listItem, listContent, listHeading, attestation, endorsement, figure, figCaption, fragment, groupItem
    case div, h1, h2, h3, h4, h5, h6, ul, ol, li, dl, dt, dd, pre, blockquote, address, hr
    case img
    /// A paragraph of its own below a signature, a mark inside a line elsewhere.
    case date
    // Parts of a line that stand for themselves.
    case footnote, label, designator, target, br
    // Quotes and links.
    case quotedContent, ref, a
    // Tables: XHTML's, and USLM's columns.
    case table, caption, thead, tbody, tfoot, tr, th, td
    case layout, header, row, tocItem, headingItem, referenceItem, column
    /// Everything else: marks inside a line.
    case inline

    /// Whether the element is a node of the corpus when it stands in the law itself, not in a quote or a note.
    var isNode: Bool {
        switch self {
        case .title, .subtitle, .division, .subdivision, .chapter, .subchapter, .part, .subpart, .article,
            .subarticle, .section, .appendix, .compiledAct, .courtRules, .courtRule, .reorganizationPlans,
            .reorganizationPlan, .level:
            true
        default: false
        }
    }

    /// How text is laid out around the element.
    enum Layout: Sendable {
        /// Within the line; never splits a word.
        case inline
        /// Within the line, but apart from what is beside it.
        case apart
        /// A paragraph of its own.
        case block
        /// A numbered piece that paragraphs belong to.
        case level
        case label
        case titling
        case quote
        case table
        case row
        case cell
        case caption
    }

    var layout: Layout {
        switch self {
        case .subsection, .paragraph, .subparagraph, .clause, .subclause, .item, .subitem, .subsubitem: .level
        case .num: .label
        case .heading: .titling
        case .quotedContent: .quote
        case .table, .layout: .table
        case .tr, .row, .header, .tocItem, .headingItem, .referenceItem: .row
        case .td, .th, .column: .cell
        case .caption: .caption
        case .footnote, .label, .designator, .target, .br: .apart
        case .inline, .img, .date, .ref, .a, .thead, .tbody, .tfoot: .inline
        default: isNode ? .level : .block
        }
    }
}

/// Finds elements by the bytes of their names without making strings.
struct USLMElementNames {
    /// Open addressing; a power of two, several times the number of names.
    private let slots: [Slot]
    /// All names, one after another.
    private let bytes: [UInt8]
    private static let size = 1 << 9

    private struct Slot {
        var start = 0
        /// 0 where the slot is free.
        var count = 0
        var last: UInt8 = 0
        var element = USLMElement.inline
    }

    init() {
        var slots = [Slot](repeating: Slot(), count: Self.size)
        var bytes: [UInt8] = []
        for element in USLMElement.allCases where element != .inline {
            let name = Array(element.rawValue.utf8)
            var index = Self.start(name.span)
            while slots[index].count > 0 { index = (index + 1) & (Self.size - 1) }
            slots[index] = Slot(start: bytes.count, count: name.count, last: name[name.count - 1], element: element)
            bytes += name
        }
        self.slots = slots
        self.bytes = bytes
    }

    func element(_ name: Span<UInt8>) -> USLMElement {
        guard !name.isEmpty else { return .inline }
        var index = Self.start(name)
        while true {
            let slot = slots[index]
            if slot.count == 0 { return .inline }
            if slot.count == name.count, slot.last == name[name.count - 1], isName(at: slot.start, name) {
                return slot.element
            }
            index = (index + 1) & (Self.size - 1)
        }
    }

    private func isName(at start: Int, _ name: Span<UInt8>) -> Bool {
        name.withUnsafeBytes { name in
            bytes.withUnsafeBytes { bytes in
                let known = UnsafeRawBufferPointer(rebasing: bytes[start..<start + name.count])
                guard let known = known.baseAddress, let found = name.baseAddress else { return false }
                return memcmp(known, found, name.count) == 0
            }
        }
    }

    private static func start(_ name: Span<UInt8>) -> Int {
        let first = Int(name[0])
        let middle = Int(name[name.count / 2])
        let last = Int(name[name.count - 1])
        return (name.count &* 31 &+ first &* 7 &+ middle &* 57 &+ last &* 131) & (size - 1)
    }
}
