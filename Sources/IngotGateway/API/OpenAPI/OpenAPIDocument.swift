import IngotCore

/// The HTTP API as an OpenAPI document (3.1), one file a group of routes.
///
/// A test holds it against the routes that the gateway really has.
enum OpenAPIDocument {
    static let text =
        [head, jobPaths, fetchingPaths, sourcePaths, lawPaths, accessPaths, components, fetchingSchemas]
        .joined(separator: "\n") + "\n"

    private static let head = """
        openapi: 3.1.0
        info:
          title: Ingot
          version: \(IngotVersion.current)
          description: >-
            Turns public records into versioned stores. Every error is a problem document (RFC 9457) and nothing else.
            A GET route answers HEAD as well.
        security:
          - apiKey: []
          - session: []
        paths:
        """
}
