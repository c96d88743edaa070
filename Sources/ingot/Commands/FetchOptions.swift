import ArgumentParser
import IngotCore
import IngotGateway

/// How upstream sites are asked.
struct FetchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How a site's owner can reach you: a mail address or the address of a page, sent in the User-Agent. \
            (environment: INGOT_FETCH_CONTACT)
            """,
            valueName: "mail-or-address"
        )
    )
    var contact: String?

    @Option(
        help: ArgumentHelp(
            """
            A PEM file with certificates to trust besides the system's, for sites that send an incomplete chain. \
            (environment: INGOT_FETCH_CA_BUNDLE, or INGOT_FETCH_CA_BUNDLE_FILE)
            """,
            valueName: "file"
        )
    )
    var caBundle: String?

    @Option(
        help: ArgumentHelp(
            """
            The proxy to ask sites through: http://HOST:PORT, socks5://HOST:PORT, or none. One that needs a password \
            is given in the environment, where other users cannot read it. (environment: INGOT_FETCH_PROXY; default: \
            HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)
            """,
            valueName: "address"
        )
    )
    var proxy: String?

    @Option(
        help: ArgumentHelp(
            "A host whose robots.txt is not asked for, as you have settled that with its owner; it is recorded.",
            valueName: "host"
        )
    )
    var ignoreRobots: [String] = []

    /// Sets what the options say; what they do not say stays as the environment has it.
    func apply(to configuration: inout GatewayConfiguration) throws {
        var settings = configuration.fetchSettings
        if let contact { settings.contact = contact }
        if let caBundle {
            do { settings.certificates = try wholeFile(caBundle, limit: FetchSettings.maximumCertificateBytes) } catch {
                throw ValidationError("--ca-bundle \(caBundle) cannot be read: \(error)")
            }
            if settings.certificates?.isEmpty == true { throw ValidationError("--ca-bundle \(caBundle) is empty") }
        }
        if let proxy {
            if proxy == "none" {
                settings.proxies.forHTTP = nil
                settings.proxies.forHTTPS = nil
            } else {
                do { settings.proxies.forHTTP = try ProxyAddress(proxy) } catch {
                    throw ValidationError("--proxy is wrong: \(error.problem)")
                }
                guard settings.proxies.forHTTP?.credentials == nil else {
                    throw ValidationError(
                        "--proxy takes no password, as others can read it there; set INGOT_FETCH_PROXY_FILE instead"
                    )
                }
                settings.proxies.forHTTPS = settings.proxies.forHTTP
            }
        }
        settings.hostsWithoutRobots.formUnion(ignoreRobots.map(FetchSettings.host))
        do { try settings.check() } catch let error as SettingsError { throw ValidationError(error.description) }
        configuration.fetchSettings = settings
    }
}
