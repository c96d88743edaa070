import Glibc
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

    /// Runs a job of a source by hand and ends the process; the stores come from the settings.
    ///
    /// - Parameters:
    ///   - name: a source's id, or the name of a definition that comes with one.
    ///   - config: the parameters as a JSON object, laid over the definition's.
    public static func run(_ name: String, config: String) -> Never {
        RunnerProcess.run { stop in
            do {
                guard let given = try? JSONParser.parse(Array(config.utf8)), let members = given.objectValue else {
                    throw SettingsError.malformed("--config", "it is not a JSON object, such as {\"days\": 1}")
                }
                let settings = try RunnerSettings.current(replacing: [
                    Assignment.Name.source: name, Assignment.Name.parameters: "{}",
                ])
                let registry = try SourceRegistry(settings: settings, includesProbe: true)
                let (source, parameters) = try registry.named(name)
                var assignment = try Assignment(settings: settings)
                assignment.source = source
                assignment.parameters = .object((parameters.objectValue ?? [:]).merging(members) { $1 })
                return await AttemptExecution(assignment: assignment, registry: registry, logger: logger)
                    .run(stop: stop)
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

    /// Prints what a source's upstream has published as a JSON array, and ends the process.
    ///
    /// A failure is the last line on standard error, as JSON, so that whoever asked can tell its code from the log.
    ///
    /// - Parameter origin: where upstream is; `nil`: where the settings or the source say.
    public static func releases(of source: String, origin: String?) -> Never {
        RunnerProcess.run { stop in
            let work = Task {
                let settings = try RunnerSettings.current()
                let source = try SourceRegistry(settings: settings, includesProbe: true).source(source)
                let folder = try AttemptFolder(given: try settings.string(Assignment.Name.workFolder))
                defer { folder.remove() }
                return try await source.releases(
                    origin: try origin ?? settings.string(Assignment.Name.origin),
                    workFolder: folder.path
                )
            }
            stop.onRequest { work.cancel() }
            do {
                StandardStreams.writeLine(try JSONText.string(await work.value), to: STDOUT_FILENO)
                return RunnerExitCode.succeeded
            } catch  where stop.isRequested {
                return RunnerExitCode.stopped
            } catch let error as SettingsError {
                return refuse(error)
            } catch {
                let failure = JobFailure(describing: error)
                StandardStreams.log((try? JSONText.string(failure)) ?? failure.description)
                return RunnerExitCode.failed
            }
        }
    }

    /// Asks the runner of this container whether it does its work, and ends the process.
    ///
    /// - Parameter port: where it listens; `nil`: as the container's first process was told.
    public static func health(port: Int?) -> Never {
        RunnerProcess.run { _ in await ContainerHealth.examine(port: port) }
    }

    /// What a probe's children do.
    public static func runProbeChild(_ words: [String]) -> Never { IngotProbe.runProbeChild(words) }

    private static var logger: Logger {
        Logger(label: "ingot-runner") { RunnerLogHandler(label: $0) }
    }

    private static func refuse(_ error: any Error) -> Int32 {
        logger.error("The job cannot be run", metadata: ["error": "\(error)"])
        return RunnerExitCode.usage
    }
}
