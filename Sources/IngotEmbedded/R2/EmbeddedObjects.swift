import FoundationEssentials
public import IngotCore
import IngotS3
import SystemPackage

/// A bucket in a folder: bodies in files, keys in an index beside them.
///
/// A body is on the disk before its key is, and a key changes from one whole body to the next in one commit, so a
/// kill at any moment leaves the old object or the new one.
public struct EmbeddedObjects: ObjectStore {
    private static let keysPerPage = 1000

    let index: ObjectIndex
    let bodies: BodyFolder

    /// Opens the bucket, and makes its folder when it is not there.
    ///
    /// - Throws: `ObjectStoreError` when the folder cannot be made or its index cannot be opened.
    public init(folder: String) throws {
        do {
            bodies = try BodyFolder(path: "\(folder)/bodies")
            index = try ObjectIndex(path: "\(folder)/index.sqlite")
        } catch {
            throw ObjectStoreError(kind: .unavailable, message: "the bucket in \(folder) cannot be opened: \(error)")
        }
    }

    @discardableResult
    public func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        try ObjectKey.check(key)
        return try await naming(key) {
            if onlyIfAbsent, try await index.record(key) != nil { return false }
            let (name, digests) = try await bodies.write { writer in
                for try await piece in try body.open() { try await writer.append(piece) }
                // A stream whose reader is cancelled ends as if it were whole.
                try Task.checkCancellation()
                let digests = try await writer.hashes().digests
                guard writer.size == body.size, hexadecimal(digests.sha256) == body.sha256 else {
                    throw ObjectStoreError(
                        kind: .corrupted,
                        code: "XAmzContentSHA256Mismatch",
                        key: key,
                        message: "the body does not have the length and hash that were announced"
                    )
                }
                return (try await writer.finish(), digests)
            }
            let stored = try await store(
                key,
                body: name,
                size: body.size,
                digests: digests,
                headers: ["content-type": contentType],
                if: onlyIfAbsent ? .onlyIfAbsent : .none
            )
            return stored != nil
        }
    }

    public func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try ObjectKey.check(key)
        return try await naming(key) {
            guard let (record, file) = try await open(key, readsStart: range == nil) else { throw notFound(key) }
            let wanted = range ?? 0..<record.size
            guard wanted.lowerBound >= 0, range == nil || wanted.lowerBound < record.size,
                !wanted.isEmpty || range == nil
            else {
                throw ObjectStoreError(
                    kind: .invalidRange,
                    code: "InvalidRange",
                    key: key,
                    message: "the object has \(record.size) bytes, asked for from byte \(wanted.lowerBound)"
                )
            }
            let taken = wanted.lowerBound..<min(wanted.upperBound, record.size)
            guard taken.count <= limit else {
                throw ObjectStoreError(
                    kind: .tooLarge,
                    key: key,
                    message: "\(taken.count) bytes, and \(limit) are allowed"
                )
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(taken.count)
            for try await piece in file.stream(taken) { bytes.append(contentsOf: piece) }
            // A stream whose reader is cancelled ends as if it were whole.
            try Task.checkCancellation()
            return bytes
        }
    }

    public func stream(_ key: String) async throws -> ByteStream {
        try ObjectKey.check(key)
        return try await naming(key) {
            guard let (record, file) = try await open(key) else { throw notFound(key) }
            return file.stream(0..<record.size)
        }
    }

    public func head(_ key: String) async throws -> ObjectInfo? {
        try ObjectKey.check(key)
        return try await naming(key) { try await index.record(key)?.info }
    }

    public func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await naming(nil) {
            let records = try await index.records(
                prefix: prefix,
                after: token ?? "",
                includingBound: false,
                limit: Self.keysPerPage + 1
            )
            let page = records.prefix(Self.keysPerPage)
            return ObjectPage(
                objects: page.map(\.info),
                next: records.count > page.count ? page.last?.key : nil
            )
        }
    }

    public func delete(_ keys: [String]) async throws {
        for key in keys { try ObjectKey.check(key) }
        try await naming(nil) {
            var rest = keys[...]
            while !rest.isEmpty {
                try await remove(Array(rest.prefix(Self.keysPerPage)))
                rest = rest.dropFirst(Self.keysPerPage)
            }
        }
    }
}

extension EmbeddedObjects {
    /// Gives the key to a finished body.
    ///
    /// - Returns: the record, or `nil` when a condition did not hold; then the body has been removed.
    func store(
        _ key: String,
        body: String,
        size: Int64,
        digests: BodyDigests,
        headers: [String: String],
        if conditions: R2Conditions
    ) async throws -> ObjectRecord? {
        try await store(
            ObjectRecord(
                key: key,
                size: size,
                etag: hexadecimal(digests.md5),
                modified: .now(),
                body: body,
                headers: headers
            ),
            if: conditions
        )
    }

    /// Gives the key to the record's body.
    ///
    /// - Parameter upload: the upload that becomes the object, with the files of its parts.
    /// - Returns: the record, or `nil` when a condition did not hold or the upload is no longer so; then the body has
    ///   been removed.
    func store(
        _ record: ObjectRecord,
        if conditions: R2Conditions,
        completing upload: (id: String, parts: [String])? = nil
    ) async throws -> ObjectRecord? {
        let outcome = try await releasing(record.body) {
            if conditions == .none { return try await index.store(record, expecting: .anything, completing: upload) }
            while true {
                // A condition is decided on what the key has; the index then stores only if it has that still.
                let current = try await index.record(record.key)
                guard conditions.allowWrite(over: current) else { return ObjectIndex.Outcome.refused }
                let expectation = current.map { Expectation.body($0.body) } ?? .nothing
                let outcome = try await index.store(record, expecting: expectation, completing: upload)
                if outcome.isStored { return outcome }
                // Either somebody came between, and it is decided anew, or the upload is no longer as it was.
                if upload != nil, try await index.record(record.key)?.body == current?.body { return outcome }
            }
        }
        guard outcome.isStored else {
            await bodies.remove([record.body])
            return nil
        }
        await bodies.remove(outcome.released)
        return record
    }

    /// Removes the body when what should make it known fails for certain.
    func releasing<Value>(_ body: String, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            // Whether a commit that broke took place is unknown; all else has certainly not been committed.
            if (error as? DatabaseError)?.kind != .unavailable { await bodies.remove([body]) }
            throw error
        }
    }

    /// The object's record with its body open.
    ///
    /// - Parameter readsStart: whether the body will be read from its start.
    func open(_ key: String, readsStart: Bool = false) async throws -> (ObjectRecord, BodyFile)? {
        // Between the index and the file another upload may replace the body; then the index knows the new one.
        for _ in 0..<10 {
            guard let record = try await index.record(key) else { return nil }
            let first = readsStart ? Int(min(record.size, Int64(BodyFile.pieceSize))) : 0
            if let file = try await bodies.open(record.body, reading: first) { return (record, file) }
        }
        throw ObjectStoreError(kind: .corrupted, key: key, message: "the file that holds the object is missing")
    }

    func remove(_ keys: [String]) async throws {
        await bodies.remove(try await index.remove(keys))
    }

    /// Ends the uploads that are too old, and removes files that others left behind when the process was killed.
    ///
    /// Uploads in parts outlive the process. Only for a bucket that nothing writes to.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func removeLeftovers() async throws -> Int {
        let aborted = try await abortOldUploads()
        try await index.removeOrphanedParts()
        var leftovers = Set(try bodies.names())
        var last: String?
        repeat {
            let page = try await index.bodies(after: last, limit: 10_000)
            leftovers.subtract(page.names)
            last = page.last
        } while last != nil
        repeat {
            let names = try await index.partBodies(after: last, limit: 10_000)
            leftovers.subtract(names)
            last = names.last
        } while last != nil
        await bodies.remove(Array(leftovers))
        return leftovers.count + aborted
    }

    private func notFound(_ key: String) -> ObjectStoreError {
        ObjectStoreError(kind: .notFound, code: "NoSuchKey", key: key, message: "there is no object of this key")
    }

    /// Turns the errors of the disk and the index into those of an object store.
    func naming<Value>(_ key: String?, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as DatabaseError {
            throw ObjectStoreError(
                kind: error.kind == .full ? .full : error.kind == .overloaded ? .overloaded : .unavailable,
                key: key,
                message: "the index of the bucket: \(error.message)"
            )
        } catch let error as Errno {
            let isFull = error == .noSpace || error == .diskQuotaExceeded
            throw ObjectStoreError(
                kind: isFull ? .full : .unavailable,
                key: key,
                message: isFull ? "no space is left for the object" : "the object's file: \(error)"
            )
        }
    }
}
