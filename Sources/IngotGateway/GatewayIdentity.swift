import FoundationEssentials
import Glibc
import IngotCore
import Logging
import NIOCore
import NIOPosix
import SystemPackage

/// What a gateway keeps of itself from one life to the next: its name, and where its runners report.
struct GatewayIdentity: Sendable {
    /// The name in `ingest_jobs.gateway`.
    let id: String
    private let addressFile: FilePath

    /// Reads the name in a data folder, or makes one.
    ///
    /// - Throws: ``GatewayError``.
    init(folder: FilePath) throws {
        let file = folder.appending("gateway.id")
        addressFile = folder.appending("runners.address")
        do {
            do {
                id = try GatewayIdentity.name(in: file)
            } catch Errno.noSuchFileOrDirectory {
                // Only then: under another name the gateway would not know its own jobs any more.
                id = hexadecimal(randomBytes(16))
                try GatewayIdentity.write(id, to: file)
            }
        } catch {
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "The gateway's name cannot be read from \(file), or written to it: \(error).",
                advice: "Give another folder with --data, or look at its rights and the free space."
            )
        }
    }

    /// Where the runners of an earlier life report; `nil` when none was left.
    var addressOfRunners: String? { GatewayIdentity.text(of: addressFile) }

    /// Notes where runners report from now on.
    ///
    /// - Throws: `Errno`.
    func note(addressOfRunners address: String) throws { try GatewayIdentity.write(address, to: addressFile) }

    /// Notes that no runner is left.
    func forgetAddress() { _ = unlink(addressFile.string) }

    /// The port to listen on when any will do: the one that runners of an earlier life know, if it is free.
    func freePort(host: String, logger: Logger) async -> Int {
        guard let address = addressOfRunners, let port = URL(string: address)?.port else { return 0 }
        do {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
            return port
        } catch {
            logger.warning(
                "The port where runners of an earlier start report is taken; they will be ended",
                metadata: ["port": "\(port)", "error": "\(error)"]
            )
            return 0
        }
    }

    /// - Throws: `Errno`: `noSuchFileOrDirectory` when there is no name yet, `invalidArgument` when it is damaged.
    private static func name(in path: FilePath) throws -> String {
        let file = try SystemPackage.FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        let bytes = try file.closeAfter {
            try [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        let name = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        guard !name.isEmpty else { throw Errno.invalidArgument }
        return name
    }

    private static func text(of file: FilePath) -> String? {
        guard let bytes = FileManager.default.contents(atPath: file.string), !bytes.isEmpty else { return nil }
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    /// Writes a file whole or not at all.
    private static func write(_ text: String, to path: FilePath) throws {
        let passing = FilePath("\(path).part")
        let file = try SystemPackage.FileDescriptor.open(
            passing,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            _ = try file.writeAll(Array("\(text)\n".utf8))
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename(passing.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    }
}
