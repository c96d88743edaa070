import IngotCore
import Subprocess
import SystemPackage

/// Asks a fresh runner what a source's upstream has published (`ingot-runner releases`).
struct ReleaseAsking: Sendable {
    var runner: FilePath
    /// The folder below which each question gets its own.
    var workRoot: FilePath
    /// What the runner finds in its environment; nothing else is handed on.
    var environment: [String: String]
    /// Where each source's upstream is, by source.
    var origins: [String: String]
    /// How upstream sites are asked.
    var fetchSettings = FetchSettings()
    var timeout: Duration
    /// None of these shows in what a runner says.
    var secrets: [Secret] = []

    /// The largest list that is read.
    private static let maximumAnswerBytes = 4 << 20

    /// Why there is no list.
    enum Failure: Error {
        /// The source cannot get or read it, and says why.
        case upstream(JobFailure)
        case timeout(Duration)
        /// The runner does not do what a runner does.
        case runner(String)
    }

    /// Only one question of a source may be open at a time.
    ///
    /// - Throws: ``Failure``; `CancellationError`.
    func releases(of source: String) async throws -> [SourceRelease] {
        let folder = workRoot.appending("releases-\(PercentEncoding.encode(source))")
        do { try WorkFolder.make(folder) } catch let failure as JobFailure { throw Failure.runner(failure.message) }
        defer { WorkFolder.remove(folder) }
        do {
            return try await withDeadline(timeout) { try await ask(source, folder: folder) }
        } catch is DeadlineExceeded {
            throw Failure.timeout(timeout)
        } catch let error as SubprocessError {
            // A cancelled question ends its runner, which is no failure of the runner.
            try Task.checkCancellation()
            throw Failure.runner("The runner \(runner) could not be asked: \(error).")
        }
    }

    private func ask(_ source: String, folder: FilePath) async throws -> [SourceRelease] {
        var environment = environment
        environment[Assignment.Name.workFolder] = folder.string
        // In the environment, which only its owner can read: an address may hold more than a place.
        var settings = fetchSettings.settings
        settings[Assignment.Name.origin] = origins[source]
        if let certificates = settings.removeValue(forKey: FetchSettings.Name.certificates) {
            // A variable may be too small for them.
            let file = folder.appending("certificates.pem")
            do { try Self.write(certificates, to: file) } catch let error as Errno {
                throw Failure.runner("\(file) cannot be written: \(error).")
            }
            settings[FetchSettings.Name.certificates + "_FILE"] = file.string
        }
        environment.merge(settings) { _, given in given }
        let result = try await Subprocess.run(
            .path(runner),
            arguments: ["releases", source],
            environment: .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
            ),
            workingDirectory: folder,
            output: .bytes(limit: Self.maximumAnswerBytes),
            error: .bytes(limit: 1 << 20)
        )
        try Task.checkCancellation()
        guard result.terminationStatus.isSuccess else {
            let last = result.standardError.split(separator: UInt8(ascii: "\n")).last
            guard let last, let failure = try? JSONText.decode(JobFailure.self, from: last) else {
                throw Failure.runner("The runner ended without an answer (\(result.terminationStatus)).")
            }
            throw Failure.upstream(Redaction(secrets: secrets).redact(failure))
        }
        guard let releases = try? JSONText.decode([SourceRelease].self, from: result.standardOutput) else {
            throw Failure.runner("The runner \(runner) answered something that is no list of releases.")
        }
        return releases
    }

    private static func write(_ text: String, to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
    }
}
