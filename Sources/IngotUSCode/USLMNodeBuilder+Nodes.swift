import IngotLaw
import IngotMarkup

// Nodes from their start to their end, and what is in their text.
extension USLMNodeBuilder {
    mutating func openNode(_ element: USLMElement, _ attributes: borrowing XMLAttributes) throws {
        try checkIdentity()
        let above = nodes.count - 1
        if above >= 0 {
            nameNode(above)
            nodes[above].hasOtherContent = true
            blanks.fill()
            flows[nodes[above].text].endBlock(in: .text)
        }
        var open = OpenNode(
            node: LawNode(
                unit: expectation.unit,
                key: "",
                parent: above >= 0 ? nodes[above].node.key : nil,
                level: element.rawValue,
                index: nodeCount
            ),
            element: element,
            text: flows.take()
        )
        nodeCount += 1
        open.node.status = attributes.string("status").flatMap { $0.isEmpty ? nil : $0 }
        if let identifier = attributes.string("identifier"), !identifier.isEmpty {
            (open.node.key, open.node.repeats) = keys.key(identifier: identifier)
            // There can be several in one attribute.
            open.identifier =
                identifier.utf8.contains(0x20)
                ? identifier.split(separator: " ").map { keys.inDocument(String($0)) }.joined(separator: " ")
                : keys.inDocument(identifier)
            open.hasKey = true
        } else if above >= 0 {
            open.ordinal = nodes[above].unnamed[element, default: 0] + 1
            nodes[above].unnamed[element] = open.ordinal
        }
        nodes.append(open)
        _ = enter(.text, open.text)
    }

    /// Names a node without identifier once its number is known or cannot come any more.
    mutating func nameNode(_ index: Int) {
        guard !nodes[index].hasKey else { return }
        nodes[index].hasKey = true
        nodes[index].node.key = keys.key(
            parent: nodes[index].node.parent,
            level: nodes[index].node.level,
            number: nodes[index].number,
            ordinal: nodes[index].ordinal
        )
    }

    /// The key of the document, act or body of rules within which sections are numbered.
    var numberingScope: String {
        for index in nodes.indices.reversed() {
            switch nodes[index].element {
            case .compiledAct, .courtRules, .reorganizationPlan: return nodes[index].node.key
            default: break
            }
        }
        return keys.document
    }

    private func covers(_ open: OpenNode) -> [LawKeyRange] {
        // A repeated element stands for nothing that the first one does not.
        guard open.node.repeats == nil else { return [] }
        return CoveredKeys.ranges(
            key: open.node.key,
            level: open.node.level,
            identifier: open.identifier,
            number: open.number,
            scope: numberingScope
        )
    }

    /// Finds out whether a node without identifier is the same as one before it.
    private mutating func findRepetition(_ open: inout OpenNode) {
        guard open.identifier == nil, let above = nodes.indices.last, !open.node.text.isEmpty else { return }
        let content = [open.node.level, open.node.num, open.node.heading, open.node.text].hashValue
        if let first = nodes[above].unnamedContents[content] {
            open.node.repeats = first
        } else {
            nodes[above].unnamedContents[content] = open.node.key
        }
    }

    mutating func endNode() {
        nameNode(nodes.count - 1)
        takeEmptyPieces()
        var open = nodes.removeLast()
        open.node.text = flows.string(of: open.text)
        open.node.publishedText = open.published.bytes
        open.node.blocks = flows.look(open.text) { $0.blocks }
        flows.giveBack(open.text)
        findRepetition(&open)
        open.node.covers = covers(open)
        contents.nodeCovers(open.node.covers, key: open.node.key)
        if isBlank(open) { findings.emptyPieces.append(.init(key: open.node.key, piece: open.node.level)) }
        switch open.element {
        case .section: open.node.citation = USCodeCitation.section(unit: open.node.unit, num: open.node.num)
        case .courtRule:
            open.node.citation = USCodeCitation.rule(num: open.node.num, of: nodes.map(\.node.heading))
        default: break
        }
        findings.keptCharacters += Self.inked(open.node)
        finished.append(open.node)
        leaveZone()
    }

    private static func inked(_ node: LawNode) -> Int {
        var count = TextCensus.inked(node.num) + TextCensus.inked(node.heading) + TextCensus.inked(node.text)
        count += TextCensus.inked(node.credit)
        for note in node.notes { count += TextCensus.inked(note.heading) + TextCensus.inked(note.text) }
        for footnote in node.footnotes { count += TextCensus.inked(footnote.text) }
        return count
    }

    mutating func endCredit() {
        let credit = flows[TextFlows.credit].string()
        guard !credit.isEmpty else { return }
        let last = nodes.count - 1
        nodes[last].node.credit += nodes[last].node.credit.isEmpty ? credit : "\n" + credit
    }

    // MARK: - Links

    mutating func beginLink(_ attributes: borrowing XMLAttributes, in flow: TextFlows.Index) -> Role {
        guard let href = attributes.string("href") else { return .plain }
        links.append(OpenLink(href: href, flow: flow, mark: flows.length(of: flow)))
        return .link
    }

    mutating func endLink() {
        guard let link = links.popLast() else { return }
        let isInText = !nodes.isEmpty && link.flow == nodes[nodes.count - 1].text
        let text = flows[link.flow].endLink(link.href, since: link.mark, isKept: isInText)
        // A link within the document's own page, as between a table and its notes, refers to no law.
        guard !nodes.isEmpty, link.href.utf8.first != UInt8(ascii: "#") else { return }
        nodes[nodes.count - 1].node.refs.append(USCodeReference.reference(link.href, text: text, keys: keys))
    }
}
