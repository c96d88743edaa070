import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A site on loopback that stands in for the ones that publish the law: it answers as they do, fails when it is told
/// to, and measures what it is asked.
public final class StandInSite: Sendable {
    /// Whose ways it has.
    public enum Imitated: Sendable {
        /// `cga.ct.gov`: paths are compared without regard to case.
        case connecticut
        /// `uscode.house.gov`.
        case uscode
    }

    /// For example `http://127.0.0.1:41233`.
    public let address: String
    /// What it was asked.
    public let log = SiteLog()

    let port: Int
    let folder: SiteFolder
    private let state: Mutex<State>

    private struct State {
        var behaviour: SiteBehaviour
        var faults: SiteFaults
        /// How often the entity tag of a path was changed.
        var tagChanges: [String: Int] = [:]
    }

    private init(port: Int, folder: SiteFolder, _ behaviour: SiteBehaviour, _ faults: SiteFaults) {
        self.port = port
        self.folder = folder
        address = "http://127.0.0.1:\(port)"
        state = Mutex(State(behaviour: behaviour, faults: faults))
    }

    /// Serves a folder while the body runs.
    ///
    /// - Parameters:
    ///   - folder: the site's root; what is written to it meanwhile is served too.
    ///   - imitated: whose ways it has.
    public static func serving<Value>(
        _ folder: String,
        as imitated: Imitated,
        behaviour: SiteBehaviour = SiteBehaviour(),
        faults: SiteFaults = .none,
        _ body: (StandInSite) async throws -> Value
    ) async throws -> Value {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    return try SiteConnection.Channel(wrappingChannelSynchronously: channel)
                }
            }
        let site = StandInSite(
            port: server.channel.localAddress?.port ?? 0,
            folder: SiteFolder(path: folder, site: imitated),
            behaviour,
            faults
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await site.accept(server) }
            defer { group.cancelAll() }
            return try await body(site)
        }
    }

    private func accept(_ server: NIOAsyncChannel<SiteConnection.Channel, Never>) async throws {
        try await server.executeThenClose { channels in
            try await withThrowingDiscardingTaskGroup { group in
                for try await channel in channels {
                    group.addTask { await SiteConnection(channel: channel, site: self).run() }
                }
            }
        }
    }

    // MARK: - Changes while it runs

    public var behaviour: SiteBehaviour {
        get { state.withLock { $0.behaviour } }
        set { state.withLock { $0.behaviour = newValue } }
    }

    public var faults: SiteFaults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// - Parameter path: in lower case.
    func tagChanges(_ path: String) -> Int { state.withLock { $0.tagChanges[path] ?? 0 } }

    func changeTag(_ path: String) { state.withLock { $0.tagChanges[path, default: 0] += 1 } }
}
