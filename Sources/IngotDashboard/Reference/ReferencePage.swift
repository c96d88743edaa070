import IngotGateway

/// The reference of the API, made of the document that `/openapi.yaml` serves.
struct ReferencePage: Sendable {
    private let reference: APIReference

    /// - Throws: when the document cannot be read, which a test would have shown.
    init() throws { reference = try APIReference(OpenAPIDocument.text) }

    func add(to pages: inout PageTable) {
        let reference = reference
        pages.on(
            "/reference",
            showing: {
                Page(
                    title: "API",
                    part: .reference,
                    template: "reference",
                    content: reference,
                    styles: ["reference.css"]
                )
            }
        )
    }
}
