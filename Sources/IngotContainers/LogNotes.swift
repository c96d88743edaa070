import FoundationEssentials
public import IngotCore

/// Small files that tell the next gateway how far each attempt's log was handed on.
///
/// A note that is lost or cannot be read means that the log is read from its beginning: repeated, not lost.
public struct LogNotes: Sendable {
    private let folder: String

    /// - Parameter folder: only this launcher writes in it.
    public init(folder: String) { self.folder = folder }

    public func position(job: JobID, attempt: Int) -> LogPosition? {
        guard let bytes = FileManager.default.contents(atPath: path(job, attempt)) else { return nil }
        return try? JSONText.decode(LogPosition.self, from: bytes)
    }

    /// - Returns: whether it is on the disk's way.
    @discardableResult
    public func note(_ position: LogPosition, job: JobID, attempt: Int) -> Bool {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // Renamed into its place, so that a gateway that is killed leaves the note before.
            try Data(try JSONText.encode(position))
                .write(to: URL(fileURLWithPath: path(job, attempt)), options: .atomic)
            return true
        } catch {
            return false
        }
    }

    public func forget(job: JobID, attempt: Int) {
        try? FileManager.default.removeItem(atPath: path(job, attempt))
    }

    private func path(_ job: JobID, _ attempt: Int) -> String { "\(folder)/\(job)-\(attempt).position" }
}
