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
    /// Addresses of uploads that are good at one time; a new one ends the oldest.
    private static let pendingUploads = 16
    /// Exports that are kept at one time; a new one removes the oldest.
    private static let keptDownloads = 4
    /// Transfers that have ended and can still be asked for.
    private static let remembered = 16

    /// What an address without credentials leads to.
    private struct Link {
        enum Target {
            case upload(etag: String)
            case download(file: String, size: Int64)
        }

        var token: String
        var target: Target
        var end: ContinuousClock.Instant

        /// Of the file that is to be uploaded; `nil` where there is one to download.
        var uploadETag: String? { if case .upload(let etag) = target { etag } else { nil } }
    }

    /// A transfer that runs or has ended.
    private struct Entry {
        var transfer: BulkTransfer
        var bookmark: String
        var state: State = .active
        let ended = Gate()

        var message: String {
            if case .active = state {
                "The \(transfer.rawValue) has begun."
            } else {
                "The \(transfer.rawValue) has ended."
            }
        }
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
    /// Ends what runs when the stores stop.
    private let interruption = OnceFlag()
    /// The oldest first.
    private var links: [Link] = []
    /// The file of an upload by its ETag, the oldest first.
    private var uploads: [(etag: String, file: String)] = []
    /// The last ones, the oldest first; only the last may still run.
    private var entries: [Entry] = []

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
        // A cancelled loop may leave one behind.
        queue.finish()
        await abandon()
    }

    /// Begins nothing more, and ends what runs.
    nonisolated func stop() {
        interruption.set()
        queue.finish()
    }

    private func abandon() {
        guard let last = entries.last, case .active = last.state else { return }
        finish(last.bookmark, .failed(DatabaseError.storesStopped.message))
    }

    // MARK: - Import

    /// Answers an `init`: where to upload the file, unless it is there already and its import has begun.
    func initialise(etag: String, base: String) async throws -> JSONValue {
        guard etag.utf8.count == 32, etag.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { throw D1Failure.malformed("etag is not an MD5 in lower-case hexadecimal digits") }
        if uploads.contains(where: { $0.etag == etag }) { return try await ingest(etag: etag, filename: name(etag)) }
        let token = uploadToken(etag)
        return ["filename": .string(name(etag)), "upload_url": .string("\(base)/\(token)")]
    }

    /// The ETag that an upload to this address has to have; `nil` when the address leads nowhere.
    func expectedETag(_ token: String) -> String? {
        removeOldLinks()
        guard case .upload(let etag)? = target(of: token) else { return nil }
        return etag
    }

    /// Takes over an uploaded file whose hash is right, and ends the address that it came by.
    func keep(_ file: String, etag: String) {
        if let index = uploads.firstIndex(where: { $0.etag == etag }) { folder.remove(uploads.remove(at: index).file) }
        uploads.append((etag, file))
        links.removeAll { $0.uploadETag == etag }
        while uploads.count > Self.keptUploads { folder.remove(uploads.removeFirst().file) }
    }

    func ingest(etag: String, filename: String) async throws -> JSONValue {
        guard filename == name(etag), let upload = uploads.first(where: { $0.etag == etag }) else {
            throw D1Failure.malformed("no file of this name and etag was uploaded")
        }
        let file = ImportFile(path: "\(folder.path)/\(upload.file)", interruption: interruption)
        let database = database
        return try await begin(.importing) {
            let start = ContinuousClock.now
            let outcome = try await database.run(file)
            return .imported(outcome, size: try await database.size(), duration: ContinuousClock.now - start)
        }
    }

    /// Answers for the transfer that runs, and for the last ones that have ended.
    func poll(bookmark: String) async -> JSONValue {
        guard let entry = entry(.importing, bookmark) else {
            return ["success": false, "error": "Not currently importing anything."]
        }
        return await answer(entry)
    }

    // MARK: - Export

    /// Answers an export's call: the first begins it, the others ask how it is.
    func export(_ options: DumpOptions, bookmark: String?, base: String) async throws -> JSONValue {
        if let bookmark {
            guard let entry = entry(.exporting, bookmark) else {
                return ["success": false, "error": "Not currently exporting anything."]
            }
            return await answer(entry, base: base)
        }
        let (database, folder, interruption) = (database, folder, interruption)
        let file = "\(UUID().uuidString.lowercased()).sql"
        return try await begin(.exporting, base: base) {
            // Before the new file grows, so that no more than the kept ones fill the disk.
            await self.makeRoomForDownload()
            do {
                let size = try await database.dump(to: "\(folder.path)/\(file)", options, interruptedBy: interruption)
                return .exported(name: file, token: await self.link(to: .download(file: file, size: size)))
            } catch {
                folder.remove(file)
                throw error
            }
        }
    }

    /// The file that an address leads to; `nil` when it leads nowhere, or no more.
    func download(_ token: String) throws -> (file: BodyFile, size: Int64)? {
        removeOldLinks()
        guard case .download(let file, let size)? = target(of: token) else { return nil }
        return try folder.open(file).map { ($0, size) }
    }

    // MARK: - The one that runs

    private func begin(
        _ transfer: BulkTransfer,
        base: String = "",
        _ work: @escaping @Sendable () async throws -> State
    ) async throws -> JSONValue {
        try database.begin(transfer)
        let entry = Entry(
            transfer: transfer,
            bookmark: hexadecimal((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        )
        entries.append(entry)
        if entries.count > Self.remembered { entries.removeFirst() }
        let result = queue.yield {
            let state: State
            do {
                state = try await work()
            } catch let error as DatabaseError {
                state = .failed(error.message)
            } catch {
                state = .failed("The file could not be read or written: \(error)")
            }
            await self.finish(entry.bookmark, state)
        }
        guard case .enqueued = result else {
            finish(entry.bookmark, .failed(DatabaseError.storesStopped.message))
            throw DatabaseError.storesStopped
        }
        return await answer(entry, base: base)
    }

    /// Notes how a transfer has ended, and lets the database answer again.
    private func finish(_ bookmark: String, _ state: State) {
        guard let index = entries.firstIndex(where: { $0.bookmark == bookmark }),
            case .active = entries[index].state
        else { return }
        entries[index].state = state
        database.end()
        entries[index].ended.open()
    }

    private func entry(_ transfer: BulkTransfer, _ bookmark: String) -> Entry? {
        entries.first { $0.transfer == transfer && $0.bookmark == bookmark }
    }

    /// Waits a moment for the end, and says how the transfer is then.
    private func answer(_ asked: Entry, base: String = "") async -> JSONValue {
        let ended = asked.ended
        try? await withDeadline(limits.patience) { try await ended.wait() }
        let now = entry(asked.transfer, asked.bookmark) ?? asked
        var answer: [String: JSONValue] = [
            "success": true, "type": .string(now.transfer.rawValue), "at_bookmark": .string(now.bookmark),
            "messages": [.string(now.message)],
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

    /// The address that an upload of this file is waited for at, or a new one.
    private func uploadToken(_ etag: String) -> String {
        removeOldLinks()
        let pending = links.filter { $0.uploadETag != nil }
        if let index = links.firstIndex(where: { $0.uploadETag == etag }) {
            links[index].end = .now + limits.linkLifetime
            return links[index].token
        }
        if pending.count >= Self.pendingUploads { remove(pending[0].token) }
        return link(to: .upload(etag: etag))
    }

    private func makeRoomForDownload() {
        removeOldLinks()
        let kept = links.filter { $0.uploadETag == nil }
        for link in kept.dropLast(Self.keptDownloads - 1) { remove(link.token) }
    }

    private func link(to target: Link.Target) -> String {
        let token = hexadecimal((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        links.append(Link(token: token, target: target, end: .now + limits.linkLifetime))
        return token
    }

    private func target(of token: String) -> Link.Target? { links.first { $0.token == token }?.target }

    private func removeOldLinks() {
        for link in links where link.end <= .now { remove(link.token) }
    }

    /// Ends an address, and removes the file that it led to.
    private func remove(_ token: String) {
        guard let index = links.firstIndex(where: { $0.token == token }) else { return }
        if case .download(let file, _) = links.remove(at: index).target { folder.remove(file) }
    }

    private func name(_ etag: String) -> String { "\(etag).sql" }
}
