import IngotCore

extension ContainerLauncher {
    /// Looks at a gateway's start whether runners can be started at all, and pulls their image when it has to be.
    ///
    /// - Throws: `LauncherError` that says what to do; `CancellationError`.
    public func check() async throws {
        do {
            try checkNetwork()
            try await checkVersion()
            try await ImageSupply(
                engine: engine,
                image: settings.image,
                policy: settings.pullPolicy,
                logger: logger
            ).provide()
        } catch let error as ContainerEngineError {
            throw error.launcherError
        }
    }

    /// Asks the engine for its version.
    ///
    /// - Throws: `LauncherError`.
    public func checkReadiness() async throws {
        do { _ = try await engine.version() } catch let error as ContainerEngineError { throw error.launcherError }
    }

    private func checkNetwork() throws {
        let reachesLoopback = settings.network == "host" || settings.network.hasPrefix("container:")
        guard surroundings.usesEmbeddedStores, !reachesLoopback else { return }
        throw ContainerEngineError(
            .misconfigured,
            "The gateway's own stores listen on loopback, which the network \(settings.network) does not reach.",
            advice: "Use the network host or container:NAME, or configure stores of Cloudflare."
        )
    }

    private func checkVersion() async throws {
        // An engine that has just started, or is busy, is slow at first.
        let said = try await engine.trying(for: settings.patience) { try await engine.version() }
        func version(_ name: String) -> EngineConnection.APIVersion? {
            let parts = (said[name]?.stringValue ?? "").split(separator: ".").compactMap { Int($0) }
            return parts.count == 2 ? EngineConnection.APIVersion(major: parts[0], minor: parts[1]) : nil
        }
        guard let latest = version("ApiVersion") else {
            throw EngineConnection.malformed("GET /version", "names no version of the API")
        }
        let standard = EngineConnection.standardVersion
        guard latest >= standard else {
            throw ContainerEngineError(
                .misconfigured,
                "The container engine speaks version \(latest) of the API; \(standard) is needed.",
                advice: "Use Docker 20.10 or Podman 3 or later."
            )
        }
        // Engines give up old versions.
        engine.speak(max(standard, version("MinAPIVersion") ?? standard))
    }
}
