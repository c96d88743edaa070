import IngotCore

/// Uploads in parts, as durable as single puts: a part is on the disk before the index knows of it, and an upload
/// becomes an object in the commit that ends it.
extension EmbeddedObjects {
    /// Starts an upload.
    ///
    /// - Returns: the upload; `nil` when the conditions do not hold for what the key has now.
    func beginUpload(
        _ key: String,
        headers: [String: String],
        checksum: R2Checksum.Algorithm?,
        if conditions: R2Conditions
    ) async throws -> MultipartUpload? {
        try await abortOldUploads()
        if conditions != .none, !conditions.allowWrite(over: try await index.record(key)) { return nil }
        let upload = MultipartUpload.start(key: key, at: .now(), headers: headers, checksum: checksum)
        try await index.begin(upload)
        return upload
    }

    /// Puts a body that is on the disk into an upload; one that had the number before goes.
    ///
    /// - Returns: whether the upload is still there; if not, the body has been removed.
    func storePart(_ part: UploadedPart, in upload: MultipartUpload) async throws -> Bool {
        let (isStored, replaced) = try await releasing(part.body) { try await index.store(part, in: upload.id) }
        guard isStored else {
            await bodies.remove([part.body])
            return false
        }
        if let replaced { await bodies.remove([replaced]) }
        return true
    }

    /// Loses the part of that number, as R2 does when it could not be replaced.
    ///
    /// - Parameter body: what the part had when it was to be replaced; one that came since is another try's and stays.
    func losePart(_ number: Int, body: String, of upload: MultipartUpload) async throws {
        await bodies.remove(try await index.removePart(number, body: body, of: upload.id))
    }

    /// - Returns: false when there is no such upload.
    func abortUpload(_ id: String, of key: String) async throws -> Bool {
        guard let files = try await index.abort(id, of: key) else { return false }
        await bodies.remove(files)
        return true
    }

    /// Makes an object of an upload: joins the parts to one body, and gives that the key.
    ///
    /// The parts stay until the object is there, so a kill at any moment leaves the upload or the object.
    ///
    /// - Throws: ``R2Failure`` when the parts do not fit together, the conditions do not hold, or the upload has gone.
    func complete(
        _ upload: MultipartUpload,
        _ completion: MultipartCompletion,
        if conditions: R2Conditions
    ) async throws -> ObjectRecord {
        let uploaded = try await index.parts(of: upload.id, limit: UploadedPart.numbers.count)
        let parts: [UploadedPart]
        do {
            parts = try completion.choose(from: uploaded)
        } catch let failure as R2Failure {
            try await checkIsThere(upload)
            throw failure
        }
        if conditions != .none, !conditions.allowWrite(over: try await index.record(upload.key)) {
            throw R2Failure.preconditionFailed
        }
        guard let body = try await bodies.join(parts.map { ($0.body, $0.size) }) else {
            try await checkIsThere(upload)
            throw R2Failure.invalidPart
        }
        var headers = upload.headers
        if let algorithm = upload.checksum,
            let composite = R2Checksum.composite(parts.compactMap(\.checksum)), composite.algorithm == algorithm,
            parts.allSatisfy({ $0.checksum != nil })
        {
            headers[algorithm.header] = composite.text
            headers["x-amz-checksum-type"] = "COMPOSITE"
        }
        let record = ObjectRecord(
            key: upload.key,
            size: parts.reduce(0) { $0 + $1.size },
            etag: MultipartCompletion.etag(parts),
            modified: .now(),
            body: body,
            headers: headers
        )
        let stored = try await store(record, if: conditions, completing: (upload.id, parts.map(\.body)))
        if let stored { return stored }
        try await checkIsThere(upload)
        guard try await index.parts(of: upload.id, limit: UploadedPart.numbers.count) == uploaded else {
            throw R2Failure.invalidPart
        }
        throw R2Failure.preconditionFailed
    }

    /// - Throws: ``R2Failure`` `NoSuchUpload` when the upload was completed or aborted meanwhile.
    private func checkIsThere(_ upload: MultipartUpload) async throws {
        guard try await index.upload(upload.id, of: upload.key) != nil else { throw R2Failure.noSuchUpload }
    }

    /// Ends the uploads that are older than R2 keeps them.
    ///
    /// - Returns: how many parts they had.
    @discardableResult
    func abortOldUploads(now: Timestamp = .now()) async throws -> Int {
        let lifetime = MultipartUpload.lifetime.milliseconds
        let oldest = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - lifetime)
        let files = try await index.abortUploads(startedBefore: oldest)
        await bodies.remove(files)
        return files.count
    }
}
