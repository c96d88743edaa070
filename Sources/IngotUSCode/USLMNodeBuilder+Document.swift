import IngotLaw
import IngotMarkup

// What the document says of itself, and its tables of contents.
extension USLMNodeBuilder {
    mutating func checkRoot(
        _ element: USLMElement,
        _ name: Span<UInt8>,
        _ attributes: borrowing XMLAttributes
    ) throws {
        try expectation.checkRoot(element, name: name)
        identity.identifier = attributes.string("identifier")
    }

    mutating func startInMeta(_ element: USLMElement) -> Role {
        guard element == .docNumber || element == .docPublicationName else { return .plain }
        flows[TextFlows.meta].reset()
        flow = TextFlows.meta
        return .metaField
    }

    mutating func endMetaField(_ element: USLMElement) {
        flow = nil
        if element == .docNumber { identity.docNumber = flows[TextFlows.meta].string() }
        if element == .docPublicationName { identity.publicationName = flows[TextFlows.meta].string() }
    }

    mutating func checkIdentity() throws {
        guard !isIdentityChecked else { return }
        isIdentityChecked = true
        try expectation.check(identity)
    }

    mutating func beginContents() -> Role {
        if !nodes.isEmpty { nameNode(nodes.count - 1) }
        contents.beginTable(scope: numberingScope, owner: nodes.last?.node.key ?? keys.document)
        return enter(.toc, nil)
    }

    /// Links and footnotes in a table of contents; the rest of it is navigation.
    mutating func startInContents(_ element: USLMElement, _ attributes: borrowing XMLAttributes) -> Role {
        let isOfNote = isInside { $0 == .note || $0 == .notes || $0 == .credit }
        if isOfNote || quoteDepth > 0 {
            return element == .note && isOfNote && isFootnote(attributes) ? beginFootnote() : .plain
        }
        switch element {
        case .tocItem, .referenceItem: return beginContentsLine(.contentsLine)
        case .header, .headingItem: return beginContentsLine(.contentsHead)
        case .column, .designator, .label, .target:
            if flow != nil { contents.beginColumn(at: flows[TextFlows.contents].length) }
        case .ref where attributes.has("class", containing: "footnoteRef"): return enter(.marker, nil)
        case .note, .footnote:
            flows[TextFlows.meta].reset()
            return enter(.contentsFootnote, TextFlows.meta)
        case .ref where flow != nil:
            if let place = attributes.string("href").flatMap({ USCodeReference.place(of: $0, keys: keys) }),
                place.target.hasPrefix(keys.document + "/")
            {
                contents.link(place.target)
            }
        default: break
        }
        return .plain
    }

    private mutating func beginContentsLine(_ role: Role) -> Role {
        contents.beginLine()
        flows[TextFlows.contents].reset()
        flow = TextFlows.contents
        return role
    }

    mutating func endContentsLine(_ role: Role) {
        flow = nil
        if role == .contentsHead {
            contents.endHead(flows[TextFlows.contents])
        } else {
            contents.endLine(flows[TextFlows.contents])
        }
    }

    /// Call this when the document has ended without error.
    mutating func documentEnded() {
        (findings.announcedKeys, findings.announcedDeadKeys) = contents.resolved(among: keys.all, isKey: keys.isUsed)
    }
}
