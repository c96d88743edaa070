import CLinux
import Glibc
import IngotCore
import NIOCore
import NIOPosix
import SystemPackage

/// The named pipe in an attempt's folder that takes what the runner writes to standard output and error.
///
/// The runner holds both of its ends. So it is never told that nobody reads, and what nobody has read yet stays in
/// the pipe until a later gateway does.
enum OutputPipe {
    /// How much the pipe holds, where the system allows it; else 64 KiB.
    static let capacity: Int32 = 1 << 20

    /// Makes the pipe.
    ///
    /// - Returns: the runner's end, which does not block, so that a runner can notice that nobody reads; and the
    ///   gateway's.
    /// - Throws: `JobFailure` `work_folder_unusable`.
    static func make(in folder: FilePath) throws -> (
        runner: SystemPackage.FileDescriptor, gateway: SystemPackage.FileDescriptor
    ) {
        let path = path(in: folder)
        do {
            guard mkfifo(path.string, 0o600) == 0 else { throw Errno(rawValue: errno) }
            let runner = try SystemPackage.FileDescriptor.open(
                path,
                .readWrite,
                options: [.nonBlocking, .closeOnExec, .noFollow]
            )
            _ = linux_set_pipe_size(runner.rawValue, capacity)
            do {
                return (runner, try open(in: folder))
            } catch {
                try? runner.close()
                throw error
            }
        } catch {
            throw JobFailure(
                code: "work_folder_unusable",
                message: "The pipe \(path) for the runner's output cannot be made: \(error).",
                advice: "Look at the rights of the data folder, and at the limit for open files.",
                isTransient: true
            )
        }
    }

    /// Opens the gateway's end of a pipe that is there.
    ///
    /// - Throws: `Errno`.
    static func open(in folder: FilePath) throws -> SystemPackage.FileDescriptor {
        let file = try SystemPackage.FileDescriptor.open(
            path(in: folder),
            .readOnly,
            options: [.nonBlocking, .closeOnExec, .noFollow]
        )
        guard linux_is_pipe(file.rawValue) == 1 else {
            // A runner may have put something else in its place.
            try? file.close()
            throw Errno.invalidArgument
        }
        return file
    }

    /// Hands on what is written, piece by piece and no faster than it is taken, until no process holds the pipe.
    ///
    /// It closes the descriptor. Cancelling the task ends it early, and what was read and not handed on is lost then.
    ///
    /// - Parameter opened: told the channel that reads; closing it ends the reading as well, and nothing is lost.
    static func read(
        _ file: SystemPackage.FileDescriptor,
        opened: @Sendable (any Channel) -> Void = { _ in },
        into output: @Sendable ([UInt8]) async -> Void
    ) async {
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .takingOwnershipOfDescriptor(input: file.rawValue) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            try? file.close()
            return
        }
        opened(channel.channel)
        // A pipe that cannot be read any more has said all that it will.
        try? await channel.executeThenClose { pieces in
            for try await piece in pieces { await output(Array(piece.readableBytesView)) }
        }
    }

    private static func path(in folder: FilePath) -> FilePath { folder.appending("output") }
}
