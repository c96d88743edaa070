import CLinux
import Dispatch
import Glibc
import IngotCore
import SystemPackage

/// The pipe from which a runner reads its settings, as its standard input.
///
/// Nearly always they fit into it, so that they are all there before the runner is, and nobody has to stay to write.
struct SettingsPipe: Sendable {
    /// The runner's end.
    let reader: FileDescriptor
    private let writer: FileDescriptor?
    private let settings: [UInt8]

    /// What a new pipe holds in any case, and what one may be made to hold where nobody has changed the system's limit.
    private static let leastCapacity = 4096
    private static let largestCapacity = 1 << 20

    /// - Throws: `JobFailure` `runner_not_started`.
    init(_ settings: [UInt8]) throws {
        var ends: [Int32] = [-1, -1]
        guard linux_make_pipe(&ends) == 0 else { throw Self.failure(Errno(rawValue: errno)) }
        reader = FileDescriptor(rawValue: ends[0])
        let writer = FileDescriptor(rawValue: ends[1])
        self.settings = settings
        let fits =
            settings.count <= Self.leastCapacity
            || settings.count <= Self.largestCapacity
                && linux_set_pipe_size(ends[1], Int32(settings.count)) >= settings.count
        guard fits else {
            self.writer = writer
            return
        }
        self.writer = nil
        do {
            try writer.closeAfter { _ = try writer.writeAll(settings) }
        } catch {
            try? reader.close()
            throw Self.failure(error)
        }
    }

    /// Writes what did not fit before; returns when the runner has read it, or has ended.
    func writeRest() async {
        guard let writer else { return }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                // A runner that ends before it has read its settings is told by its exit.
                try? writer.closeAfter { _ = try writer.writeAll(settings) }
                continuation.resume()
            }
        }
    }

    /// Whether everything is in the pipe.
    var isWritten: Bool { writer == nil }

    /// Closes the other end when no runner will read.
    func abandon() { try? writer?.close() }

    private static func failure(_ error: any Error) -> JobFailure {
        JobFailure(
            code: "runner_not_started",
            message: "The pipe for the runner's settings cannot be made: \(error).",
            advice: "Look at the limits for open files and pipes on this machine.",
            isTransient: true
        )
    }
}
