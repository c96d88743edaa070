import ArgumentParser
import AsyncHTTPClient
import IngotClient
import IngotCore
import IngotGateway
import SystemPackage

/// What a shell offers for arguments whose values a running gateway knows.
///
/// It asks only a gateway that is there already, waits a moment at most, and offers nothing when that does not answer.
enum Completions {
    private static let patience: Duration = .seconds(1)
    private static let maximumOffers = 200

    /// Sources; those that every gateway has, where none runs.
    static let sources = CompletionKind.custom { _, _, _ in
        let known = await asking { try await $0.sources().map(\.id) }
        return known.isEmpty ? ["cga", "usc"] : known
    }

    /// Ids of jobs, newest first.
    static let jobs = CompletionKind.custom { _, _, _ in
        await asking { gateway in
            var ids: [String] = []
            for try await page in gateway.jobs(pageSize: 50) {
                ids = page.map(\.id.rawValue)
                break
            }
            return ids
        }
    }

    /// Keys of nodes: what lies below the part that is typed.
    static let keys = CompletionKind.custom { _, _, typed in
        await asking { gateway in
            let parent = typed.lastIndex(of: "/").map { String(typed[..<$0]) } ?? ""
            // The tops of all sources, until something is typed that leads to one of them.
            var tops: [String] = []
            for source in try await gateway.sources() {
                tops += ((try? await gateway.units(of: source.id)) ?? []).map(\.key)
            }
            guard tops.contains(where: { parent == $0 || parent.hasPrefix($0 + "/") }) else { return tops }
            var keys: [String] = [parent]
            for try await page in gateway.children(of: parent, pageSize: maximumOffers) {
                keys += page.map(\.key)
                break
            }
            return keys
        }
    }

    /// Labels that have been ingested, of all sources.
    static let labels = CompletionKind.custom { _, _, _ in
        await asking { gateway in
            var labels: [String] = []
            for source in try await gateway.sources() {
                labels += ((try? await gateway.revisions(of: source.id)) ?? []).map(\.label)
            }
            return labels
        }
    }

    /// Asks the gateway that runs; a shell waits for the answer.
    private static func asking(
        _ ask: @escaping @Sendable (GatewayClient) async throws -> [String]
    ) async -> [String] {
        let folder = (try? ConnectionOptions.dataFolder(nil)).map { DataFolder(FilePath($0)) }
        guard let address = environment("INGOT_GATEWAY") ?? folder?.occupant()?.url else { return [] }
        let options = CredentialOptions.ofEnvironment
        let key = (try? options.key(for: address, occupant: folder?.occupant(), folder: folder)) ?? nil
        do {
            return try await withDeadline(patience) { try await GatewayClient.with(address: address, key: key, ask) }
        } catch {
            return []
        }
    }
}
