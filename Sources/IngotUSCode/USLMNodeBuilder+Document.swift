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

    /// Links and footnotes in a table of contents; the rest of it is navigation.
    mutating func startInContents(_ element: USLMElement, _ attributes: borrowing XMLAttributes) -> Role {
        let isOfNote = isInside { $0 == .note || $0 == .notes || $0 == .credit }
        switch element {
        case .tocItem where !isOfNote && quoteDepth == 0:
            contents.beginItem()
            flows[TextFlows.contents].reset()
            flow = TextFlows.contents
            return .contentsItem
        case .column where flow != nil: contents.beginColumn()
        case .ref where flow != nil:
            if let key = attributes.string("href").flatMap({ USCodeReference.target(of: $0, keys: keys) }),
                key.hasPrefix(keys.document + "/")
            {
                contents.link(key)
            }
        case .note where isOfNote && isFootnote(attributes): return beginFootnote()
        default: break
        }
        return .plain
    }

    mutating func endContentsItem() {
        flow = nil
        contents.endItem(text: flows[TextFlows.contents].string())
    }

    /// Call this when the document has ended without error.
    mutating func documentEnded() {
        findings.announcedKeys = contents.resolved(among: keys.all)
    }
}
