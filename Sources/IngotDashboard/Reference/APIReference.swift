import IngotCore
import IngotGateway
import IngotYAML

/// The description of the API as its page shows it.
struct APIReference: Sendable {
    /// What belongs together, by the document's tags.
    struct Group: Sendable {
        var name: String
        var description: String
        var operations: [Operation]
    }

    struct Operation: Sendable {
        var id: String
        var method: String
        var path: String
        var summary: String
        var description: String
        var parameters: [Parameter]
        var body: Body?
        var answers: [Answer]
        /// What a terminal can be given to try it.
        var curl: String
    }

    struct Parameter: Sendable {
        var name: String
        var place: String
        var type: ShapeName
        var isRequired: Bool
        var description: String
    }

    struct Body: Sendable {
        var description: String
        var isRequired: Bool
        var type: ShapeName
    }

    struct Answer: Sendable {
        var status: String
        var description: String
        var headers: [String]
        var contents: [Content]
    }

    /// One form of an answer.
    struct Content: Sendable {
        var type: String
        var shape: ShapeName
        /// What the lines or the events of a stream are.
        var parts: [Part]
    }

    struct Part: Sendable {
        var name: String
        var shape: ShapeName
    }

    /// One of the document's schemas.
    struct Shape: Sendable {
        var name: String
        var description: String
        var type: ShapeName
        var members: [Member]
        var example: String?
    }

    struct Member: Sendable {
        var name: String
        var type: ShapeName
        var isRequired: Bool
        var description: String
    }

    var version: String
    var description: String
    var groups: [Group]
    var shapes: [Shape]

    /// Reads a document.
    ///
    /// - Throws: `YAMLProblem`.
    init(_ text: String) throws {
        let document = OpenAPIReading(document: try YAMLDocument.value(Array(text.utf8)))
        self.init(document)
    }
}

/// The document with its references followed.
private struct OpenAPIReading {
    let document: YAMLValue

    func resolved(_ value: YAMLValue?) -> YAMLValue? {
        guard let reference = value?["$ref"]?.text else { return value }
        return reference.split(separator: "/").dropFirst().reduce(document) { $0?[String($1)] }
    }

    func text(_ value: YAMLValue?, _ name: String) -> String { value?[name]?.text ?? "" }
}

extension APIReference {
    private init(_ reading: OpenAPIReading) {
        let document = reading.document
        var operations: [(tag: String, operation: Operation)] = []
        for path in document["paths"]?.members ?? [] {
            for method in path.value.members where method.name != "parameters" {
                let tag = method.value["tags"]?.elements.first?.text ?? ""
                operations.append((tag, Self.operation(path.name, path.value, method, reading)))
            }
        }
        version = reading.text(document["info"], "version")
        description = reading.text(document["info"], "description")
        groups = (document["tags"]?.elements ?? []).map { tag in
            let name = reading.text(tag, "name")
            return Group(
                name: name,
                description: reading.text(tag, "description"),
                operations: operations.filter { $0.tag == name }.map(\.operation)
            )
        }
        shapes = (document["components"]?["schemas"]?.members ?? []).map { Self.shape($0, reading) }
            .sorted { $0.name < $1.name }
    }

    private static func operation(
        _ path: String,
        _ item: YAMLValue,
        _ method: YAMLValue.Member,
        _ reading: OpenAPIReading
    ) -> Operation {
        let described = method.value
        let parameters = ((described["parameters"]?.elements ?? []) + (item["parameters"]?.elements ?? []))
            .compactMap(reading.resolved)
        let body = described["requestBody"]
        let media = body?["content"]?.members.first?.value
        return Operation(
            id: reading.text(described, "operationId"),
            method: method.name.uppercased(),
            path: path,
            summary: reading.text(described, "summary"),
            description: reading.text(described, "description"),
            parameters: parameters.map { parameter in
                Parameter(
                    name: reading.text(parameter, "name"),
                    place: reading.text(parameter, "in"),
                    type: ShapeName(parameter["schema"]),
                    isRequired: parameter["required"]?.json.boolValue ?? false,
                    description: reading.text(parameter, "description")
                )
            },
            body: body.map { body in
                Body(
                    description: reading.text(body, "description"),
                    isRequired: body["required"]?.json.boolValue ?? false,
                    type: ShapeName(media?["schema"])
                )
            },
            answers: (described["responses"]?.members ?? []).map { Self.answer($0, reading) },
            curl: CurlCommand(
                method: method.name.uppercased(),
                path: path,
                parameters: parameters.map(\.json),
                body: exampleBody(media, reading),
                credential: Self.credential(described),
                isStream: described["responses"]?["200"]?["content"]?["text/event-stream"] != nil
            ).text
        )
    }

    /// The variable of the shell that has what opens an operation; `nil` for one that is open.
    private static func credential(_ operation: YAMLValue) -> String? {
        guard let security = operation["security"]?.elements else { return "KEY" }
        if security.isEmpty { return nil }
        return security.contains { $0["attemptToken"] != nil } ? "TOKEN" : "KEY"
    }

    /// The media type's own example, or the first one of its schema.
    private static func exampleBody(_ media: YAMLValue?, _ reading: OpenAPIReading) -> JSONValue? {
        media?["example"]?.json ?? reading.resolved(media?["schema"])?["examples"]?.elements.first?.json
    }

    private static func answer(_ member: YAMLValue.Member, _ reading: OpenAPIReading) -> Answer {
        let response = reading.resolved(member.value)
        return Answer(
            status: member.name,
            description: reading.text(response, "description"),
            headers: (response?["headers"]?.members ?? []).map(\.name),
            contents: (response?["content"]?.members ?? []).map { media in
                var parts = (media.value["x-events"]?.members ?? []).map { event in
                    Part(name: "event \(event.name)", shape: ShapeName(event.value))
                }
                if let line = media.value["x-line"] { parts.append(Part(name: "each line", shape: ShapeName(line))) }
                return Content(type: media.name, shape: ShapeName(media.value["schema"]), parts: parts)
            }
        )
    }

    private static func shape(_ member: YAMLValue.Member, _ reading: OpenAPIReading) -> Shape {
        let schema = member.value
        // What a shape is made of is shown as its own members.
        let parts = schema["allOf"]?.elements.compactMap(reading.resolved) ?? [schema]
        var members: [Member] = []
        for part in parts {
            let required = Set((part["required"]?.elements ?? []).compactMap(\.text))
            for property in part["properties"]?.members ?? [] {
                let description = reading.text(property.value, "description")
                members.append(
                    Member(
                        name: property.name,
                        type: ShapeName(property.value),
                        isRequired: required.contains(property.name),
                        description: description.isEmpty
                            ? reading.text(reading.resolved(property.value), "description") : description
                    )
                )
            }
        }
        return Shape(
            name: member.name,
            description: reading.text(schema, "description"),
            type: ShapeName(schema),
            members: members,
            example: schema["examples"]?.elements.first?.json.canonicalText
        )
    }
}
