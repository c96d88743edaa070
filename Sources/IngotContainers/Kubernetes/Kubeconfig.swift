import FoundationEssentials
import IngotCore
import IngotYAML

/// A kubeconfig file: clusters, users, and contexts that bring the two together.
///
/// Certificates are always checked, and no program is run for a token.
public struct Kubeconfig: Sendable {
    private let document: JSONValue
    /// Relative paths in the file start here.
    private let folder: String

    /// Reads a file, YAML or JSON.
    ///
    /// - Throws: `JobFailure` with the code `kubernetes_settings`.
    public init(file: String) throws {
        let bytes = try ClusterAccess.read(file, what: "the kubeconfig file")
        try self.init(parsing: bytes, name: file, folder: (file as String).parentFolder)
    }

    init(parsing bytes: [UInt8], name: String, folder: String) throws {
        do { document = try YAMLDocument.parse(bytes) } catch {
            throw Self.wrong("\(name) cannot be read: \(error).")
        }
        guard document.objectValue != nil, document["kind"]?.stringValue ?? "Config" == "Config" else {
            throw Self.wrong("\(name) is no kubeconfig file.")
        }
        self.folder = folder
    }

    /// The access that a context gives.
    ///
    /// - Parameter context: its name; `nil`: the file's `current-context`.
    /// - Throws: `JobFailure` with the code `kubernetes_settings`.
    public func access(context: String? = nil) throws -> ClusterAccess {
        guard let name = context ?? document["current-context"]?.stringValue, !name.isEmpty else {
            throw Self.wrong("The kubeconfig file has no current-context.")
        }
        let context = try entry(name, of: "contexts", holding: "context")
        guard let clusterName = context["cluster"]?.stringValue else {
            throw Self.wrong("The context \(name) names no cluster.")
        }
        let cluster = try entry(clusterName, of: "clusters", holding: "cluster")
        let user = try context["user"]?.stringValue.map { try entry($0, of: "users", holding: "user") } ?? .object([:])
        return try access(cluster: cluster, user: user, namespace: context["namespace"]?.stringValue)
    }

    private func access(cluster: JSONValue, user: JSONValue, namespace: String?) throws -> ClusterAccess {
        guard var server = cluster["server"]?.stringValue, server.hasPrefix("https://") || Self.isLoopback(server)
        else {
            throw Self.wrong("The cluster's server is missing, or neither https nor on loopback.")
        }
        while server.hasSuffix("/") { server.removeLast() }
        if cluster["insecure-skip-tls-verify"]?.boolValue == true {
            throw Self.wrong("The cluster says insecure-skip-tls-verify, and certificates are always checked.")
        }
        if let proxy = cluster["proxy-url"]?.stringValue, !proxy.isEmpty {
            throw Self.wrong("The cluster is reached by a proxy (proxy-url), which is not supported.")
        }
        for key in ["exec", "auth-provider"] where user[key] != nil && user[key] != .null {
            throw Self.wrong(
                "The user gets its credentials from a program (\(key)), and the gateway runs none.",
                advice: "Use a service account's token: kubectl create token, or tokenFile."
            )
        }
        for key in ["username", "password", "as"] where user[key]?.stringValue?.isEmpty == false {
            throw Self.wrong("The user has \(key), which is not supported; use a token or a client certificate.")
        }
        var credential = ClusterAccess.Credential.none
        // As kubectl does, a file goes before what stands in the configuration itself.
        if let path = user["tokenFile"]?.stringValue, !path.isEmpty {
            credential = .tokenFile(absolute(path))
        } else if let token = user["token"]?.stringValue, !token.isEmpty {
            credential = .token(Secret(token))
        }
        let certificate = try data("client-certificate", of: user)
        let key = try data("client-key", of: user)
        guard (certificate == nil) == (key == nil) else {
            throw Self.wrong("The user has a client certificate without its key, or a key without its certificate.")
        }
        return ClusterAccess(
            server: server,
            certificateAuthority: try data("certificate-authority", of: cluster),
            credential: credential,
            clientCertificate: certificate,
            clientKey: key.map { Secret(String(decoding: $0, as: UTF8.self)) },
            serverName: cluster["tls-server-name"]?.stringValue,
            namespace: namespace
        )
    }

    /// What stands in `KEY-data`, or in the file that `KEY` names.
    private func data(_ key: String, of entry: JSONValue) throws -> [UInt8]? {
        if let text = entry["\(key)-data"]?.stringValue, !text.isEmpty {
            guard let data = Data(base64Encoded: text) else { throw Self.wrong("\(key)-data is no base64.") }
            return Array(data)
        }
        guard let path = entry[key]?.stringValue, !path.isEmpty else { return nil }
        return try ClusterAccess.read(absolute(path), what: "the \(key)")
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

    private func entry(_ name: String, of list: String, holding key: String) throws -> JSONValue {
        let found = document[list]?.arrayValue?.first { $0["name"]?.stringValue == name }
        guard let entry = found?[key], entry.objectValue != nil else {
            throw Self.wrong("The kubeconfig file has no \(key) of the name \(name).")
        }
        return entry
    }

    private static func isLoopback(_ server: String) -> Bool {
        ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"].contains { server.hasPrefix($0) }
    }

    private static func wrong(
        _ message: String,
        advice: String = "Correct the kubeconfig file, or name another one with --kubeconfig."
    ) -> JobFailure {
        JobFailure(code: "kubernetes_settings", message: message, advice: advice)
    }
}

extension String {
    /// The folder that a path's last part lies in.
    fileprivate var parentFolder: String {
        guard let slash = lastIndex(of: "/") else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
