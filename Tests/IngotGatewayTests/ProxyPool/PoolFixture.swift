import IngotCore
import IngotEmbedded
import IngotTesting
import StandInProxies

@testable import IngotGateway

/// A pool over a real database, in front of stand-in proxies, lists and a site to check with, whose clock the test
/// moves and whose steps it takes.
struct PoolFixture: Sendable {
    let proxies: StandInProxies
    /// Serves the lists and answers checks.
    let site: CountingSite
    let database: any Database
    let time: SettableTime
    let pool: ProxyPool

    static func with(
        sources: [String] = ["list"],
        _ configure: (inout ProxyPoolSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (PoolFixture) async throws -> Void
    ) async throws {
        let proxies = try await StandInProxies()
        let site = try await CountingSite([ProxyRoutes.checkPath: .init(200, ProxyRoutes.checkText)])
        var settings = ProxyPoolSettings()
        settings.checkTimeout = 10
        settings.sources = sources.map { ProxySource(name: $0, url: site.address("/\($0)")) }
        configure(&settings)
        let time = SettableTime()
        try await withEmbeddedCloud { [settings] cloud in
            let pool = try await pool(on: cloud.database, settings, site, time)
            try await body(
                PoolFixture(proxies: proxies, site: site, database: cloud.database, time: time, pool: pool)
            )
        }
        try await proxies.close()
        try await site.close()
    }

    /// Another pool on the same database, as after a restart.
    static func pool(
        on database: any Database,
        _ settings: ProxyPoolSettings,
        _ site: CountingSite,
        _ time: SettableTime
    ) async throws -> ProxyPool {
        let pool = ProxyPool(
            settings: settings,
            store: ProxyStore(database: database),
            logger: GatewayFixture.quiet,
            now: { time.now }
        )
        try await pool.prepare()
        await pool.open(at: site.address(""))
        return pool
    }

    /// Serves a list of proxies.
    func list(_ name: String = "list", _ numbers: some Sequence<Int>) {
        site.set("/\(name)", .init(200, proxies.list(numbers)))
    }

    /// Takes steps until there is nothing to do at this moment.
    ///
    /// - Returns: the valid proxies' numbers.
    @discardableResult
    func settle() async -> Set<Int> {
        while await pool.step() == .zero {}
        return await valid
    }

    /// Takes a step that fetches a list, and runs the body between the question for it and its answer.
    func step(whileHolding path: String, _ body: () async -> Void) async {
        let before = site.count(path)
        site.hold(path)
        async let step = pool.step()
        while site.count(path) == before { try? await Task.sleep(for: .milliseconds(2)) }
        await body()
        site.release(path)
        _ = await step
    }

    var valid: Set<Int> {
        get async { Set(await pool.list.compactMap { StandInProxies.number(of: $0.host) }) }
    }
}
