import ArgumentParser
import IngotGateway

/// How the pool of proxies is kept.
struct ProxyPoolOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A list of proxies to take proxies from, one `IP:PORT` a line, under a name of your own. May be given \
            several times; without any there is no pool.
            """,
            valueName: "name=address"
        )
    )
    var proxySource: [String] = []

    @Option(help: "How many valid proxies there should be, from 1 to 10000. (default: 100)")
    var proxyTarget: Int?

    @Option(
        help: ArgumentHelp(
            "What proxies are checked with. Without it: the gateway's own route, on this machine.",
            valueName: "address"
        )
    )
    var proxyCheckUrl: String?

    func validate() throws { _ = try settings }

    /// The standard settings with what was given.
    var settings: ProxyPoolSettings {
        get throws {
            var settings = ProxyPoolSettings()
            for text in proxySource {
                guard let equals = text.firstIndex(of: "=") else {
                    throw ValidationError("--proxy-source takes NAME=ADDRESS, not '\(text)'")
                }
                let name = String(text[..<equals])
                let url = String(text[text.index(after: equals)...])
                if let problem = ProxyPoolSettings.problem(ofName: name) {
                    throw ValidationError("--proxy-source: the name '\(name)' \(problem)")
                }
                if let problem = ProxyPoolSettings.problem(ofURL: url) {
                    throw ValidationError("--proxy-source \(name): the address \(problem)")
                }
                guard !settings.sources.contains(where: { $0.name == name }) else {
                    throw ValidationError("--proxy-source has two sources of the name '\(name)'")
                }
                settings.sources.append(ProxySource(name: name, url: url))
            }
            guard settings.sources.count <= ProxyPoolSettings.maximumSources else {
                throw ValidationError("--proxy-source can be given \(ProxyPoolSettings.maximumSources) times at most")
            }
            if let proxyTarget {
                guard ProxyPoolSettings.targetCounts.contains(proxyTarget) else {
                    throw ValidationError("--proxy-target is a number from 1 to 10000")
                }
                settings.targetCount = proxyTarget
            }
            if let proxyCheckUrl {
                if let problem = ProxyPoolSettings.problem(ofURL: proxyCheckUrl) {
                    throw ValidationError("--proxy-check-url: the address \(problem)")
                }
                settings.validationURL = proxyCheckUrl
            }
            return settings
        }
    }
}
