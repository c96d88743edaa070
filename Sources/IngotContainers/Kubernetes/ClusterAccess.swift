import FoundationEssentials
public import IngotCore
import IngotYAML

/// Where an API server is and how to open it.
public struct ClusterAccess: Sendable {
    /// How a caller shows who it is.
    public enum Credential: Sendable {
        case none
        case token(Secret)
        /// A file whose token is replaced now and then, so it is read again.
        case tokenFile(String)
    }

    /// Without a trailing slash, for example `https://10.0.0.1:443`.
    public var server: String
    /// The certificates that the server's is held against, as PEM; `nil`: those that the system trusts.
    public var certificateAuthority: [UInt8]?
    public var credential: Credential
    /// A client's certificate and key, both as PEM.
    public var clientCertificate: [UInt8]?
    public var clientKey: Secret?
    /// The name in the server's certificate where it differs from its address.
    public var serverName: String?
    /// The namespace that the account or the context belongs to.
    public var namespace: String?

    public init(
        server: String,
        certificateAuthority: [UInt8]? = nil,
        credential: Credential = .none,
        clientCertificate: [UInt8]? = nil,
        clientKey: Secret? = nil,
        serverName: String? = nil,
        namespace: String? = nil
    ) {
        self.server = server
        self.certificateAuthority = certificateAuthority
        self.credential = credential
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.serverName = serverName
        self.namespace = namespace
    }

    /// Where a pod finds its service account.
    public static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The access of the pod that this process runs in.
    ///
    /// - Parameters:
    ///   - environment: where `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are.
    ///   - folder: the service account's.
    /// - Throws: `JobFailure` when this process runs in no pod or the pod has no service account.
    public static func inCluster(
        environment: [String: String],
        folder: String = ClusterAccess.serviceAccountFolder
    ) throws -> ClusterAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], UInt16(port) != nil
        else {
            throw JobFailure(
                code: "kubernetes_settings",
                message: "This process does not run in a pod: KUBERNETES_SERVICE_HOST and _PORT are not set.",
                advice: "Name a kubeconfig file with --kubeconfig, or run the gateway in the cluster."
            )
        }
        let certificates = try read("\(folder)/ca.crt", what: "the cluster's certificate authority")
        _ = try read("\(folder)/token", what: "the service account's token")
        let namespace = try? read("\(folder)/namespace", what: "the pod's namespace")
        return ClusterAccess(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            certificateAuthority: certificates,
            credential: .tokenFile("\(folder)/token"),
            namespace: namespace.map { String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace } }
        )
    }

    /// Reads a small file that a configuration names.
    ///
    /// - Throws: `JobFailure`, which names the file and nothing that is in it.
    static func read(_ path: String, what: String) throws -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= YAMLDocument.maximumSize else {
            throw JobFailure(
                code: "kubernetes_settings",
                message: "\(path), \(what), cannot be read or is larger than 4 MiB.",
                advice: "Look whether the file exists and whether the gateway's user may read it."
            )
        }
        return Array(bytes)
    }
}
