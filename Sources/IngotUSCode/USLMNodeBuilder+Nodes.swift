import IngotLaw
import IngotMarkup

// Nodes from their start to their end, and what is in their text.
extension USLMNodeBuilder {
    mutating func openNode(_ element: USLMElement, _ attributes: borrowing XMLAttributes) throws {
        try checkIdentity()
        let above = nodes.count - 1
        if above >= 0 {
            nameNode(above)
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
            open.node.key = keys.key(identifier: identifier)
            open.hasKey = true
        } else if above >= 0 {
            open.ordinal = nodes[above].unnamed[element, default: 0] + 1
            nodes[above].unnamed[element] = open.ordinal
        }
        nodes.append(open)
        _ = enter(.text, open.text)
    }

    /// Names a node without identifier once its number is known or cannot come any more.
    private mutating func nameNode(_ index: Int) {
        guard !nodes[index].hasKey else { return }
        nodes[index].hasKey = true
        nodes[index].node.key = keys.key(
            parent: nodes[index].node.parent,
            level: nodes[index].node.level,
            number: nodes[index].number,
            ordinal: nodes[index].ordinal
        )
    }

    mutating func endNode() {
        nameNode(nodes.count - 1)
        var open = nodes.removeLast()
        open.node.text = flows[open.text].string()
        open.node.blocks = flows[open.text].blocks
        flows.giveBack(open.text)
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

    mutating func beginLink(
        isReference: Bool,
        _ attributes: borrowing XMLAttributes,
        in flow: TextFlows.Index
    ) -> Role {
        guard let href = attributes.string("href") else { return .plain }
        links.append(OpenLink(href: href, isReference: isReference, flow: flow, mark: flows[flow].length))
        return .link
    }

    mutating func endLink() {
        guard let link = links.popLast() else { return }
        let isInText = link.flow == nodes.last?.text
        let text = flows[link.flow].endLink(link.href, since: link.mark, isKept: isInText)
        guard link.isReference, !nodes.isEmpty else { return }
        let target = USCodeReference.target(of: link.href, keys: keys)
        nodes[nodes.count - 1].node.refs.append(
            LawReference(href: link.href, text: text, kind: target == nil ? .other : .node, target: target)
        )
    }
}
