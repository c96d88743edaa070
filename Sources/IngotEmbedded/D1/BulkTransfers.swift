import FoundationEssentials
import IngotCore
import Synchronization

/// Imports and exports of a whole database: which files there are, which of them moves, and what became of it.
///
/// One at a time. Files are named by this type and lie in one folder, which is emptied when it is opened.
actor BulkTransfers {
    struct Limits: Sendable {
        /// The largest file to import.
        ///
        /// D1 takes 5 GB; one transaction of that size is too much for many a disk.
        var largestFile: Int64 = 1 << 30
        /// How long the address of an export is good, and that of an upload.
        var linkLifetime: Duration = .seconds(3600)
        /// How long an answer waits for the transfer to end, as D1's does.
        var patience: Duration = .seconds(1)
    }

    /// Uploaded files that are kept, so that the same import need not be uploaded again.
    private static let keptUploads = 4
    private static let pendingLinks = 16

    /// What an address without credentials leads to.
    private struct Link {
        enum Target {
            case upload(etag: String)
            case download(file: String, size: Int64)
        }

        var target: Target
        var end: ContinuousClock.Instant
    }

    /// The transfer that runs or was the last to run.
    private struct Current {
        var transfer: BulkTransfer
        var bookmark: String
        var state: State = .active
        var messages: [String]
        let ended: Gate
    }

    private enum State {
        case active
        case imported(ImportOutcome, size: Int64, duration: Duration)
        case exported(name: String, token: String)
        case failed(String)
    }

    nonisolated let folder: BodyFolder
    nonisolated let limits: Limits
    private let database: EmbeddedDatabase
    private let jobs: AsyncStream<@Sendable () async -> Void>
    private let queue: AsyncStream<@Sendable () async -> Void>.Continuation
    private var links: [String: Link] = [:]
    /// The file of an upload by its ETag, the oldest first.
    private var uploads: [(etag: String, file: String)] = []
    private var current: Current?

    init(folder path: String, database: EmbeddedDatabase, limits: Limits) throws {
        folder = try BodyFolder(path: path)
        for name in try folder.names() { folder.remove(name) }
        self.database = database
        self.limits = limits
        (jobs, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Does the transfers that are asked for, until ``stop()``.
    nonisolated func run() async {
        for await job in jobs { await job() }
    }

    nonisolated func stop() { queue.finish() }

    // MARK: - Import

    /// Answers an `init`: where to upload the file, unless it is there already and its import has begun.
    func initialise(etag: String, base: String) async throws -> JSONValue {
        guard etag.utf8.count == 32, etag.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { throw D1Failure.malformed("etag is not an MD5 in lower-case hexadecimal digits") }
        if uploads.contains(where: { $0.etag == etag }) { return try await ingest(etag: etag, filename: name(etag)) }
        let token = try link(to: .upload(etag: etag))
        return ["filename": .string(name(etag)), "upload_url": .string("\(base)/\(token)")]
    }

    /// The ETag that an upload to this address has to have; `nil` when the address leads nowhere.
    func expectedETag(_ token: String) -> String? {
        removeOldLinks()
        guard case .upload(let etag)? = links[token]?.target else { return nil }
        return etag
    }

    /// Takes over an uploaded file whose hash is right.
    func keep(_ file: String, etag: String) {
        if let index = uploads.firstIndex(where: { $0.etag == etag }) { folder.remove(uploads.remove(at: index).file) }
        uploads.append((etag, file))
        while uploads.count > Self.keptUploads { folder.remove(uploads.removeFirst().file) }
    }

    func ingest(etag: String, filename: String) async throws -> JSONValue {
        guard filename == name(etag), let upload = uploads.first(where: { $0.etag == etag }) else {
            throw D1Failure.malformed("no file of this name and etag was uploaded")
        }
        let file = ImportFile(path: "\(folder.path)/\(upload.file)")
        let database = database
        return try await begin(.importing) {
            let start = ContinuousClock.now
            let outcome = try await database.run(file)
            return .imported(outcome, size: try await database.size(), duration: ContinuousClock.now - start)
        }
    }

    func poll(bookmark: String) async -> JSONValue {
        guard let current, current.transfer == .importing, current.bookmark == bookmark else {
            return ["success": false, "error": "Not currently importing anything."]
        }
        return await answer(current)
    }

    // MARK: - Export

    /// Answers an export's call: the first begins it, the others ask how it is.
    func export(_ options: DumpOptions, bookmark: String?, base: String) async throws -> JSONValue {
        if let bookmark {
            guard let current, current.transfer == .exporting, current.bookmark == bookmark else {
                return ["success": false, "error": "Not currently exporting anything."]
            }
            return await answer(current, base: base)
        }
        let (database, folder) = (database, folder)
        let file = "\(UUID().uuidString.lowercased()).sql"
        return try await begin(.exporting, base: base) {
            do {
                let size = try await database.dump(to: "\(folder.path)/\(file)", options)
                return .exported(name: file, token: try await self.link(to: .download(file: file, size: size)))
            } catch {
                folder.remove(file)
                throw error
            }
        }
    }

    /// The file that an address leads to; `nil` when it leads nowhere, or no more.
    func download(_ token: String) throws -> (file: BodyFile, size: Int64)? {
        removeOldLinks()
        guard case .download(let file, let size)? = links[token]?.target else { return nil }
        return try folder.open(file).map { ($0, size) }
    }

    // MARK: - The one that runs

    private func begin(
        _ transfer: BulkTransfer,
        base: String = "",
        _ work: @escaping @Sendable () async throws -> State
    ) async throws -> JSONValue {
        try database.begin(transfer)
        let current = Current(
            transfer: transfer,
            bookmark: hexadecimal((0..<16).map { _ in UInt8.random(in: .min ... .max) }),
            messages: ["The \(transfer.rawValue) has begun."],
            ended: Gate()
        )
        self.current = current
        queue.yield { [database] in
            let state: State
            do {
                state = try await work()
            } catch let error as DatabaseError {
                state = .failed(error.message)
            } catch {
                state = .failed("The file could not be read or written: \(error)")
            }
            database.end()
            await self.finish(current.bookmark, state)
        }
        return await answer(current, base: base)
    }

    private func finish(_ bookmark: String, _ state: State) {
        guard var current, current.bookmark == bookmark else { return }
        current.state = state
        current.messages = ["The \(current.transfer.rawValue) has ended."]
        self.current = current
        current.ended.open()
    }

    /// Waits a moment for the end, and says how the transfer is then.
    private func answer(_ asked: Current, base: String = "") async -> JSONValue {
        let ended = asked.ended
        try? await withDeadline(limits.patience) { try await ended.wait() }
        let now = current?.bookmark == asked.bookmark ? current ?? asked : asked
        var answer: [String: JSONValue] = [
            "success": true, "type": .string(now.transfer.rawValue), "at_bookmark": .string(now.bookmark),
            "messages": .array(now.messages.map { .string($0) }),
        ]
        switch now.state {
        case .active: answer["status"] = "active"
        case .imported(let outcome, let size, let duration):
            answer["status"] = "complete"
            answer["result"] = [
                "final_bookmark": .string(now.bookmark), "num_queries": .integer(Int64(outcome.statements)),
                "meta": [
                    "served_by": "ingot-embedded", "duration": .number(duration.seconds * 1000),
                    "changes":
                        .integer(Int64(outcome.changes)), "last_row_id": .integer(outcome.lastRowID),
                    "changed_db": .bool(outcome.changes > 0), "size_after": .integer(size),
                    "rows_read": .integer(Int64(outcome.rowsRead)),
                    "rows_written": .integer(Int64(outcome.changes)),
                ],
            ]
        case .exported(let name, let token):
            answer["status"] = "complete"
            answer["result"] = ["filename": .string(name), "signed_url": .string("\(base)/\(token)")]
        case .failed(let reason):
            answer["success"] = false
            answer["status"] = "error"
            answer["error"] = .string(reason)
            answer["errors"] = [.string(reason)]
        }
        return .object(answer)
    }

    // MARK: - Addresses

    private func link(to target: Link.Target) throws -> String {
        removeOldLinks()
        guard links.count < Self.pendingLinks else {
            throw DatabaseError(
                kind: .overloaded,
                code: 7500,
                message: "Too many uploads and exports are open.",
                advice: "wait until their addresses have expired"
            )
        }
        let token = hexadecimal((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        links[token] = Link(target: target, end: .now + limits.linkLifetime)
        return token
    }

    private func removeOldLinks() {
        for (token, link) in links where link.end <= .now {
            links[token] = nil
            if case .download(let file, _) = link.target { folder.remove(file) }
        }
    }

    private func name(_ etag: String) -> String { "\(etag).sql" }
}
