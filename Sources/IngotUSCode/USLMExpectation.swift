import IngotCore

/// What a document says of itself.
struct USLMIdentity {
    /// Of the root element.
    var identifier: String?
    var docNumber: String?
    /// For example `Online@119-36`.
    var publicationName: String?
}

/// What a document must be: the unit that was asked for, in the state that was asked for.
struct USLMExpectation {
    var unit: String
    /// `nil` when any state will do.
    var label: String?

    /// - Throws: `JobFailure` `upstream_html` or `document_unexpected`.
    func checkRoot(_ element: USLMElement, name: Span<UInt8>) throws {
        if element == .html { throw Self.page }
        guard element == .uscDoc else {
            let shown = String(decoding: (0..<min(name.count, 40)).map { name[$0] }, as: UTF8.self)
            throw unexpected("its root element is “\(shown)”, not “uscDoc”")
        }
    }

    /// - Throws: `JobFailure` `document_unexpected` or `document_wrong_release`.
    func check(_ identity: USLMIdentity) throws {
        if let number = identity.docNumber, let found = USCodeUnit(number) {
            guard found.id == unit else { throw unexpected("it is title \(found.id), not \(unit)") }
        } else if let identifier = identity.identifier, identifier.hasPrefix("/us/usc/t"),
            let found = USCodeUnit(String(identifier.dropFirst(9)))
        {
            guard found.id == unit else { throw unexpected("it is title \(found.id), not \(unit)") }
        }
        // The first issue of 2013 has no label in its name.
        if let label, let name = identity.publicationName, let at = name.firstIndex(of: "@") {
            let found = String(name[name.index(after: at)...])
            guard found == label else {
                throw JobFailure(
                    code: "document_wrong_release",
                    message: "The document is of release point \(found.prefix(40)), not \(label).",
                    unit: unit,
                    advice: "The site may be in the middle of an update; try again later."
                )
            }
        }
    }

    func unexpected(_ reason: String) -> JobFailure {
        JobFailure(
            code: "document_unexpected",
            message: "The document is not the one of title \(unit): \(reason).",
            unit: unit
        )
    }

    static let page = JobFailure(
        code: "upstream_html",
        message: "The document is a web page, not a title of the Code.",
        advice: "The site may be under maintenance; look at it in a browser and try again later.",
        isTransient: true
    )
}
