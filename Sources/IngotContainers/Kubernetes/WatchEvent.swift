import IngotCore

/// One line of a watch.
enum WatchEvent: Sendable, Equatable {
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
    /// Nothing has changed up to this version.
    case bookmark(version: String)
    /// The server ends the watch; 410 means that it has to begin with a list.
    case error(KubernetesError)

    /// - Throws: ``KubernetesError`` when the line is no event.
    init(line: some Sequence<UInt8>, operation: String) throws {
        guard let event = try? JSONValue(parsing: line), let type = event["type"]?.stringValue,
            let object = event["object"], object.objectValue != nil
        else {
            throw KubernetesError(.malformedAnswer, operation: operation, message: "a line that is no event")
        }
        switch type {
        case "ADDED": self = .added(object)
        case "MODIFIED": self = .modified(object)
        case "DELETED": self = .deleted(object)
        case "BOOKMARK":
            guard let version = object["metadata"]?["resourceVersion"]?.stringValue else {
                throw KubernetesError(.malformedAnswer, operation: operation, message: "a bookmark without a version")
            }
            self = .bookmark(version: version)
        case "ERROR":
            let status = Int(object["code"]?.integerValue ?? 500)
            self = .error(KubernetesError(status: status, body: object, operation: operation))
        default: throw KubernetesError(.malformedAnswer, operation: operation, message: "an event of unknown type")
        }
    }
}
