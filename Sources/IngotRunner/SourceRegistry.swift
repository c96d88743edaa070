import IngotConnecticut
public import IngotCore
import IngotFetch
import IngotGeocoding
import IngotIowaCorrections
import IngotIowaRegistry
import IngotLaw
import IngotOpenData
import IngotPoliceToCitizen
import IngotProbe
import IngotRecords
import IngotUSCode
import Logging

/// The sources that this runner knows: one line each.
public struct SourceRegistry: Sendable {
    private let sources: [any Source]

    /// - Parameter includesProbe: offers the source for tests and demonstrations.
    public init(settings: Settings, includesProbe: Bool) throws {
        let fetching = try Fetcher.Configuration(FetchSettings(settings: settings))
        var sources: [any Source] = [Self.law(USCodeSource(), fetching), Self.law(ConnecticutSource(), fetching)]
        sources += Self.records.map { Self.record($0, fetching) }
        if includesProbe {
            sources.append(
                ProbeSource(stampsFile: try settings.string("INGOT_PROBE_STAMPS"), settings: settings)
            )
        }
        self.sources = sources
    }

    /// The portals and registers.
    static let records: [any RecordSource] = [
        CallsSource(), BulletinSource(), InmatesSource(), CorrectionsSource(), RegistrySource(), OpenDataSource(),
        GeocodingSource(),
    ]

    /// A body of law, with what all of them share.
    private static func law(_ source: any LawSource, _ fetching: Fetcher.Configuration) -> LawIngestion {
        LawIngestion(source) { fetcher(fetching, $0) }
    }

    /// A portal or register, with what all of them share.
    private static func record(_ source: any RecordSource, _ fetching: Fetcher.Configuration) -> RecordIngestion {
        RecordIngestion(source) { fetcher(fetching, $0) }
    }

    private static func fetcher(_ fetching: Fetcher.Configuration, _ captureFolder: String) -> Fetcher {
        Fetcher(
            connections: connections,
            captureFolder: captureFolder,
            budget: budget,
            robots: robots,
            configuration: fetching,
            logger: Logger(label: "ingot-runner") { RunnerLogHandler(label: $0) },
            metrics: RunnerMetrics.registry
        )
    }

    /// Lives as long as the process, which runs one attempt.
    private static let connections = UpstreamConnections()
    private static let budget = LocalRequestBudget()
    private static let robots = LocalRobotsCache()

    public var descriptions: [SourceDescription] { sources.map(\.description) }

    /// The id of the source that is named, and what a run of it is given: by its id with nothing, by a definition's
    /// name with what that says.
    ///
    /// - Throws: `JobFailure` `unknown_source`.
    func named(_ name: String) throws -> (source: String, parameters: JSONValue) {
        for source in sources.map(\.description) {
            if let definition = source.definitions.first(where: { $0.name == name }) {
                return (source.id, definition.parameters)
            }
        }
        return (try source(name).description.id, [:])
    }

    /// The source of this id.
    ///
    /// - Throws: `JobFailure` `unknown_source`.
    func source(_ id: String) throws -> any Source {
        guard let source = sources.first(where: { $0.description.id == id }) else {
            throw JobFailure(
                code: "unknown_source",
                message: "This runner does not know the source '\(id)'.",
                advice: "The runner and the gateway must be of the same version."
            )
        }
        return source
    }
}
