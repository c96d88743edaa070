import IngotCore
import NIOHTTP1

/// One request to the API server, in its own words: a verb on a resource in a namespace.
struct KubernetesCall: Sendable {
    var verb: String
    /// `jobs`, `pods`, `pods/log`, `secrets`.
    var resource: String
    var method: HTTPMethod
    /// With its query, encoded.
    var path: String
    var body: JSONValue?

    /// What messages say: `create jobs`.
    var operation: String { "\(verb) \(resource)" }

    /// The resources that the launcher touches, with their path below the server's root.
    static func collection(_ resource: String, in namespace: String) -> String {
        resource == "jobs"
            ? "/apis/batch/v1/namespaces/\(namespace)/jobs" : "/api/v1/namespaces/\(namespace)/\(resource)"
    }

    /// What the server says of itself.
    static let version = KubernetesCall(verb: "get", resource: "version", method: .GET, path: "/version")

    static func create(_ resource: String, _ object: JSONValue, in namespace: String) -> KubernetesCall {
        let path = collection(resource, in: namespace)
        return KubernetesCall(verb: "create", resource: resource, method: .POST, path: path, body: object)
    }

    static func get(_ resource: String, _ name: String, in namespace: String) -> KubernetesCall {
        let path = "\(collection(resource, in: namespace))/\(name)"
        return KubernetesCall(verb: "get", resource: resource, method: .GET, path: path)
    }

    static func list(_ resource: String, selector: String, token: String?, in namespace: String) -> KubernetesCall {
        var path = "\(collection(resource, in: namespace))?labelSelector=\(query(selector))&limit=200"
        if let token { path += "&continue=\(query(token))" }
        return KubernetesCall(verb: "list", resource: resource, method: .GET, path: path)
    }

    static func watch(
        _ resource: String,
        selector: String,
        from version: String,
        seconds: Int,
        in namespace: String
    ) -> KubernetesCall {
        let path =
            "\(collection(resource, in: namespace))?labelSelector=\(query(selector))&watch=true"
            + "&allowWatchBookmarks=true&timeoutSeconds=\(seconds)&resourceVersion=\(query(version))"
        return KubernetesCall(verb: "watch", resource: resource, method: .GET, path: path)
    }

    /// - Parameters:
    ///   - propagation: `nil` where nothing hangs on the object.
    ///   - grace: `nil` for the object's own.
    static func delete(
        _ resource: String,
        _ name: String,
        propagation: String? = nil,
        grace: Int64? = nil,
        in namespace: String
    ) -> KubernetesCall {
        var options: [String: JSONValue] = ["apiVersion": "v1", "kind": "DeleteOptions"]
        if let propagation { options["propagationPolicy"] = .string(propagation) }
        if let grace { options["gracePeriodSeconds"] = .integer(grace) }
        let path = "\(collection(resource, in: namespace))/\(name)"
        return KubernetesCall(verb: "delete", resource: resource, method: .DELETE, path: path, body: .object(options))
    }

    /// A pod's log with the time of each line.
    static func log(pod: String, container: String, follows: Bool, since: String?, in namespace: String)
        -> KubernetesCall
    {
        var path = "\(collection("pods", in: namespace))/\(pod)/log?container=\(container)&timestamps=true"
        if follows { path += "&follow=true" }
        if let since { path += "&sinceTime=\(query(since))" }
        return KubernetesCall(verb: "get", resource: "pods/log", method: .GET, path: path)
    }

    private static func query(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return encoded
    }
}
