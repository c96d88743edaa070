import IngotCore
import IngotYAML

@testable import IngotGateway

/// The document as tests ask it.
struct DescribedAPI: Sendable {
    /// One operation of the document.
    struct Operation: Sendable {
        var id: String
        var method: String
        var path: String
        var members: JSONValue
        /// Of the operation and its path, without references.
        var parameters: [JSONValue]

        /// The statuses that are described.
        var statuses: Set<Int> { Set((members["responses"]?.objectValue ?? [:]).keys.compactMap { Int($0) }) }
        /// Whether nobody needs a key.
        var isOpen: Bool { members["security"] == .array([]) }
        /// Whether only the token of an attempt opens it.
        var isForRunners: Bool { members["tags"] == ["runners"] }
        /// The role that is needed, as the description says.
        var role: Role? {
            Role.allCases.first { members["description"]?.stringValue?.contains("Needs the role \($0)") ?? false }
        }
    }

    let document: JSONValue
    let operations: [Operation]

    init() throws {
        document = try YAMLDocument.parse(Array(OpenAPIDocument.text.utf8))
        let document = self.document
        func resolved(_ value: JSONValue) -> JSONValue { Self.resolved(value, in: document) }
        var operations: [Operation] = []
        for (path, item) in document["paths"]?.objectValue ?? [:] {
            for (method, operation) in item.objectValue ?? [:] where method != "parameters" {
                let parameters = (item["parameters"]?.arrayValue ?? []) + (operation["parameters"]?.arrayValue ?? [])
                operations.append(
                    Operation(
                        id: operation["operationId"]?.stringValue ?? "",
                        method: method.uppercased(),
                        path: path,
                        members: operation,
                        parameters: parameters.map(resolved)
                    )
                )
            }
        }
        self.operations = operations.sorted { $0.id < $1.id }
    }

    func operation(_ id: String) -> Operation? { operations.first { $0.id == id } }

    /// What stands at a reference; the value itself when it is none.
    func resolved(_ value: JSONValue) -> JSONValue { Self.resolved(value, in: document) }

    private static func resolved(_ value: JSONValue, in document: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.stringValue else { return value }
        return reference.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] ?? .null }
    }

    /// What an operation says of the answers with a status.
    func response(_ operation: Operation, _ status: Int) -> JSONValue? {
        operation.members["responses"]?[String(status)].map(resolved)
    }
}
