import IngotCore
import IngotProbe
import Logging

/// What the executable's commands do.
public enum RunnerEntry {
    /// Runs the job that the settings describe and ends the process.
    public static func run() -> Never {
        RunnerProcess.run { stop in
            do {
                let settings = try RunnerSettings.current()
                return await AttemptExecution(
                    assignment: try Assignment(settings: settings),
                    registry: try SourceRegistry(settings: settings, includesProbe: true),
                    logger: logger
                ).run(stop: stop)
            } catch {
                return refuse(error)
            }
        }
    }

    /// Listens for one job, runs it, and ends the process.
    public static func serve(host: String, port: Int) -> Never {
        RunnerProcess.run { stop in
            do {
                let settings = try RunnerSettings.current()
                return await RunnerServer(
                    host: host,
                    port: port,
                    settings: settings,
                    registry: try SourceRegistry(settings: settings, includesProbe: true),
                    logger: logger
                ).run(stop: stop) { StandardStreams.log("listening on http://\(host):\($0)") }
            } catch {
                return refuse(error)
            }
        }
    }

    /// The sources as a JSON array.
    ///
    /// - Throws: `SettingsError`.
    public static func describe(includesProbe: Bool) throws -> String {
        let registry = try SourceRegistry(settings: try RunnerSettings.current(), includesProbe: includesProbe)
        return try JSONText.string(registry.descriptions)
    }

    /// What a probe's children do.
    public static func waitAsProbeChild() -> Never { IngotProbe.waitAsProbeChild() }

    private static var logger: Logger {
        Logger(label: "ingot-runner") { StreamLogHandler.standardError(label: $0) }
    }

    private static func refuse(_ error: any Error) -> Int32 {
        logger.error("The job cannot be run", metadata: ["error": "\(error)"])
        return RunnerExitCode.usage
    }
}
