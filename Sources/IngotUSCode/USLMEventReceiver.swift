import IngotMarkup

/// Hands a parser's events to a ``USLMNodeBuilder``.
final class USLMEventReceiver: XMLEventHandler {
    /// Unchecked, for the check would cost each event more than most events do: events come one at a time, out of the
    /// reader's call to its parser, and the reader looks at the builder only when that call has returned.
    @exclusivity(unchecked) var builder: USLMNodeBuilder

    init(_ expectation: USLMExpectation) {
        builder = USLMNodeBuilder(expectation)
    }

    func startElement(_ name: Span<UInt8>, namespace: Span<UInt8>, attributes: borrowing XMLAttributes) throws {
        try builder.start(name, attributes)
    }

    func endElement() throws {
        try builder.end()
    }

    func characters(_ text: Span<UInt8>) {
        builder.characters(text)
    }
}
