import FoundationEssentials
import IngotCore
import IngotTesting
import NIOSSL
import Subprocess
import SystemPackage
import Testing

@testable import IngotFetch

/// An authority of a test's own, with one between it and the site's certificate.
private struct Authority {
    let folder: TemporaryFolder

    /// Whether certificates can be made here.
    static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    init() async throws {
        folder = try TemporaryFolder()
        try folder.write("authority.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
        try folder.write("site.ext", "subjectAltName=DNS:site.test\n")
        for name in ["root", "between", "site"] {
            try await openssl([
                "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(name).key", "-out", "\(name).csr", "-subj",
                "/CN=\(name)",
            ])
        }
        try await sign("root", by: nil, "authority.ext")
        try await sign("between", by: "root", "authority.ext")
        try await sign("site", by: "between", "site.ext")
    }

    private func sign(_ name: String, by issuer: String?, _ extensions: String) async throws {
        let by = issuer.map { ["-CA", "\($0).pem", "-CAkey", "\($0).key", "-CAcreateserial"] }
        try await openssl(
            ["x509", "-req", "-in", "\(name).csr", "-days", "2", "-extfile", extensions, "-out", "\(name).pem"]
                + (by ?? ["-signkey", "\(name).key"])
        )
    }

    private func openssl(_ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .path("/usr/bin/openssl"),
            arguments: Arguments(arguments),
            workingDirectory: FilePath(folder.path),
            output: .discarded,
            error: .string(limit: 65_536)
        )
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    }

    func pem(_ names: String...) throws -> String {
        try names.map { try WholeFile.text(folder.path("\($0).pem")) }.joined()
    }

    /// What the site shows: its own certificate and those named, which may leave out a link.
    func server(showing names: [String]) throws -> TLSConfiguration {
        let chain = try (["site"] + names).flatMap { try NIOSSLCertificate.fromPEMFile(folder.path("\($0).pem")) }
        return .makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: folder.path("site.key"), format: .pem))
        )
    }
}

@Suite("Certificates", .enabled(if: Authority.isPossible, "openssl is not installed"))
struct CertificateTests {
    private static func fetching(
        _ site: ScriptedSite,
        _ pem: String?,
        host: String = "site.test"
    ) throws -> ScriptedUpstream {
        try ScriptedUpstream(
            "https://\(host):\(site.port)",
            attempts: 3,
            robots: KeptRobotsFiles.none,
            resolver: ListedResolver([host: ["127.0.0.1"]])
        ) { $0.certificates = try pem.map { try CertificateBundle(pem: $0) } }
    }

    @Test("An incomplete chain is refused, and read with the link that it lacks")
    func incomplete() async throws {
        let authority = try await Authority()
        let site = try await ScriptedSite(tls: try authority.server(showing: [])) { _, _ in
            .status("200 OK", [], "page")
        }
        for pem in [nil, try authority.pem("root")] {
            let fetching = try Self.fetching(site, pem)
            let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
            #expect(failure?.code == "upstream_certificate", "\(failure?.message ?? "")")
            #expect(failure?.isTransient == false)
            #expect(failure?.advice?.contains("--ca-bundle") == true)
            #expect(fetching.budget.requests.map(\.answer) == [.unknown], "asked once, and no sign of load")
        }
        #expect(try await Self.fetching(site, try authority.pem("root", "between")).page() == "page")
        try await site.close()
    }

    @Test("A complete chain to an authority of one's own is read, and another host's certificate is not")
    func hostnames() async throws {
        let authority = try await Authority()
        let site = try await ScriptedSite(tls: try authority.server(showing: ["between"])) { _, _ in
            .status("200 OK", [], "page")
        }
        #expect(try await Self.fetching(site, try authority.pem("root")).page() == "page")
        let other = try Self.fetching(site, try authority.pem("root"), host: "other.test")
        let failure = await #expect(throws: JobFailure.self) { try await other.page() }
        #expect(failure?.code == "upstream_certificate", "\(failure?.message ?? "")")
        try await site.close()
    }

    @Test("The site's certificate is checked behind a proxy as well", arguments: ["http", "socks5"])
    func proxied(scheme: String) async throws {
        let authority = try await Authority()
        let site = try await ScriptedSite(tls: try authority.server(showing: ["between"])) { _, _ in
            .status("200 OK", [], "page")
        }
        let proxy = try await ConnectProxy(to: site.port, scheme == "http" ? .connect : .socks5)
        for pem in [nil, try authority.pem("root")] {
            let fetching = try ScriptedUpstream(
                "https://site.test:\(site.port)",
                robots: KeptRobotsFiles.none,
                resolver: ListedResolver([:])
            ) {
                $0.certificates = try pem.map { try CertificateBundle(pem: $0) }
                $0.proxies.forHTTPS = try ProxyAddress("\(scheme)://127.0.0.1:\(proxy.port)")
            }
            if pem == nil {
                let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
                #expect(failure?.code == "upstream_certificate", "\(failure?.message ?? "")")
            } else {
                #expect(try await fetching.page() == "page")
            }
        }
        try await proxy.close()
        try await site.close()
    }

    @Test("A bundle must hold certificates, and nothing but whole ones")
    func bundles() async throws {
        let authority = try await Authority()
        let whole = try authority.pem("root", "between")
        #expect(try CertificateBundle(pem: "Some words before.\n" + whole).certificates.count == 2)
        let key = try WholeFile.text(authority.folder.path("root.key"))
        for broken in ["", "not PEM", key, String(whole.dropLast(200)), whole.replacing("MII", with: "!!!")] {
            let error = #expect(throws: SettingsError.self) { try CertificateBundle(pem: broken) }
            #expect(error?.name == "INGOT_FETCH_CA_BUNDLE")
        }
    }
}
