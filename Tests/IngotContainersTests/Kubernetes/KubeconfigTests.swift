import IngotCore
import IngotTesting
import IngotYAML
import Testing

@testable import IngotContainers

@Suite("Kubeconfig files")
struct KubeconfigTests {
    private static func file(
        cluster: String = "server: https://10.0.0.1:6443/",
        user: String = "token: sesame"
    ) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        clusters:
        - name: c
          cluster:
            \(cluster)
        users:
        - name: u
          user:
            \(user)
        contexts:
        - name: here
          context: {cluster: c, user: u, namespace: runners}
        - name: elsewhere
          context: {cluster: missing}
        """
    }

    private static func access(_ text: String, context: String? = nil, folder: String = "/") throws -> ClusterAccess {
        try Kubeconfig(parsing: Array(text.utf8), name: "config", folder: folder).access(context: context)
    }

    @Test("The current context brings a cluster and a user together")
    func current() throws {
        let access = try Self.access(Self.file())
        #expect(access.server == "https://10.0.0.1:6443")
        #expect(access.namespace == "runners")
        guard case .token(let token) = access.credential else {
            Issue.record("no token")
            return
        }
        #expect(token.revealed == "sesame")
    }

    @Test("JSON is read as YAML is")
    func json() throws {
        let text = """
            {"kind": "Config", "current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c"}}],
             "clusters": [{"name": "c", "cluster": {"server": "https://api", "tls-server-name": "kubernetes"}}]}
            """
        let access = try Self.access(text)
        #expect(access.server == "https://api")
        #expect(access.serverName == "kubernetes")
        guard case .none = access.credential else {
            Issue.record("a credential out of nowhere")
            return
        }
    }

    @Test("Certificates stand in the file or in one beside it; a token's file goes before a token")
    func files() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("ca.crt", "authority")
        let access = try Self.access(
            Self.file(
                cluster: "{server: https://a, certificate-authority: ca.crt}",
                user: "{token: t, tokenFile: token, client-certificate-data: Y2VydA==, client-key-data: a2V5}"
            ),
            folder: folder.path
        )
        #expect(access.certificateAuthority == Array("authority".utf8))
        #expect(access.clientCertificate == Array("cert".utf8))
        #expect(access.clientKey?.revealed == "key")
        guard case .tokenFile(let path) = access.credential else {
            Issue.record("no token file")
            return
        }
        #expect(path == folder.path("token"))
    }

    private static let refused: [(what: String, text: String, words: String)] = [
        ("insecure", file(cluster: "{server: https://a, insecure-skip-tls-verify: true}"), "insecure-skip-tls-verify"),
        ("plain http", file(cluster: "server: http://10.0.0.1"), "neither https nor on loopback"),
        ("no server", file(cluster: "name: a"), "server is missing"),
        ("a proxy", file(cluster: "{server: https://a, proxy-url: http://p}"), "proxy-url"),
        ("a program", file(user: "{exec: {command: aws, args: [sesame]}}"), "exec"),
        ("a plugin", file(user: "auth-provider: {name: gcp}"), "auth-provider"),
        ("a password", file(user: "{username: u, password: sesame}"), "username"),
        ("half a pair", file(user: "client-certificate-data: Y2VydA=="), "without its key"),
        ("no base64", file(user: "{client-certificate-data: '!', client-key-data: a2V5}"), "no base64"),
        ("another kind", "kind: Pod", "no kubeconfig file"),
        ("no mapping", "- a", "no kubeconfig file"),
        ("no YAML", "a: [", "cannot be read"),
        ("nothing", "", "cannot be read"),
        ("an alias", "a: &x {b: c}\nd: *x", "aliases"),
    ]

    @Test("What cannot be used is refused with a reason that quotes no secret", arguments: refused)
    func refusals(what: String, text: String, words: String) throws {
        let failure = try #require(throws: JobFailure.self) { _ = try Self.access(text) }
        #expect(failure.code == "kubernetes_settings")
        #expect(failure.message.contains(words), "\(failure.message)")
        #expect(!failure.message.contains("sesame"))
    }

    @Test("A context that names what is not there is refused")
    func missing() throws {
        let context = try #require(throws: JobFailure.self) { try Self.access(Self.file(), context: "nowhere") }
        #expect(context.message.contains("nowhere"))
        let cluster = try #require(throws: JobFailure.self) { try Self.access(Self.file(), context: "elsewhere") }
        #expect(cluster.message.contains("missing"))
    }

    @Test("Files that are too large or too deep are refused")
    func limits() throws {
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: YAMLDocument.maximumSize + 1)
        #expect(throws: YAMLProblem.self) { _ = try YAMLDocument.parse(large) }
        let deep = String(repeating: "[", count: 2000)
        #expect(throws: YAMLProblem.self) { _ = try YAMLDocument.parse(Array(deep.utf8)) }
    }

    @Test("A pod's own account is read from its folder; outside of a pod there is none")
    func inCluster() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("ca.crt", "authority")
        _ = try folder.write("token", "sesame")
        _ = try folder.write("namespace", "runners\n")
        let own = folder.path
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let access = try ClusterAccess.inCluster(environment: environment, folder: own)
        #expect(access.server == "https://[fd00::1]:443")
        #expect(access.namespace == "runners")
        #expect(throws: JobFailure.self) { _ = try ClusterAccess.inCluster(environment: [:], folder: own) }
    }
}
