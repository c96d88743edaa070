import IngotCore
import IngotFetch

/// Ingests one unit: captures its file, reads it in a stream, stores what is new, and writes the rows that differ.
struct UnitIngestion {
    let unit: LawUnit
    let label: String
    let revision: Int64
    let source: any LawSource
    let upstream: Upstream
    let attempt: AttemptContext
    let writer: CorpusWriter
    /// What fetching the unit's files ahead came to.
    let fetched: FetchedUnit
    /// Findings that the request accepts.
    let accepted: Set<ValidationGate.Acceptance>
    /// Told how far the unit is, 0 to 1.
    let report: @Sendable (_ fraction: Double, _ message: String) -> Void

    /// What came of the unit.
    struct Outcome {
        var counts: LawCounts
        /// What the validation gate found; the unit is done only without any.
        var findings: [ValidationGate.Finding]
    }

    /// The most nodes that a unit may have: their rows, without content, are in memory at once.
    private static let maximumNodes = 1_000_000

    /// Batches of nodes that are held while the next ones are read.
    private static let batchesAtOnce = 4

    /// The largest file that is taken from upstream.
    static let maximumCaptureBytes: Int64 = 512 << 20

    func run(shrinkLimit: Double) async throws -> Outcome {
        report(0, "unit \(unit.id): fetching")
        let urls = unit.files.map(upstream.url)
        let state = try await writer.beginUnit(unit.id, revision: revision, urls: urls, now: .now())
        // Whatever was read from these files by this reader is what the live rows show.
        var known: [String]?
        if state.reader == readerVersion, state.liveRows == state.counts.nodes {
            known = state.captureHash.map(CaptureHashes.separate)
        }
        if known?.count != unit.files.count { known = nil }
        var captures = try await captures(known: known, state)
        defer { captures.forEach { $0.map(removeCapturedFile) } }
        if captures.allSatisfy({ $0 == nil }) {
            attempt.progress.log("unit \(unit.id): upstream says that it has not changed; neither fetched nor read")
            return try await finishUnchanged(state)
        }
        if let known, zip(captures, known).allSatisfy({ $0?.sha256 ?? $1 == $1 }),
            zip(captures, urls).allSatisfy({ capture, url in capture.map { isStored($0, at: url, state) } ?? true })
        {
            attempt.progress.log("unit \(unit.id): the same bytes as before; not read")
            return try await finishUnchanged(state, captured: captures.compactMap { $0.map(writer.refreshing) })
        }
        // One of several files has changed: the others are read with it.
        for (index, file) in unit.files.enumerated() where captures[index] == nil {
            captures[index] = try await upstream.capture(file, limit: Self.maximumCaptureBytes)
        }
        let files = captures.compactMap(\.self)
        guard files.count == unit.files.count else {
            throw JobFailure(
                code: "upstream_status",
                message: "The site answered “not modified” without a question.",
                unit: unit.id
            )
        }
        // The files go to the store while they are read.
        async let storing = recordings(of: files, at: urls, state)
        do {
            let outcome = try await read(files, over: state, shrinkLimit: shrinkLimit)
            let recordings = try await storing
            if outcome.findings.isEmpty {
                let hash = CaptureHashes.joined(files.map(\.sha256))
                try await finish(outcome.counts, captureHash: hash, captured: recordings)
            } else {
                _ = try await writer.database.batch(recordings, isIdempotent: true)
            }
            return outcome
        } catch {
            // The file that could not be read is what an operator wants to see next.
            if let recordings = try? await storing {
                _ = try? await writer.database.batch(recordings, isIdempotent: true)
            }
            throw error
        }
    }

    /// Stores the unit's files, those that are not stored yet, and writes them down: what does that.
    private func recordings(
        of files: [Capture],
        at urls: [String],
        _ state: CorpusWriter.UnitState
    ) async throws -> [Statement] {
        var recordings: [Statement] = []
        for (capture, (file, url)) in zip(files, zip(unit.files, urls)) {
            recordings.append(
                isStored(capture, at: url, state)
                    ? writer.refreshing(capture)
                    : writer.recording(capture, objectKey: try await store(capture, of: file))
            )
        }
        return recordings
    }

    /// The unit's files as they were fetched ahead; `nil` for each that is still the known one.
    private func captures(known: [String]?, _ state: CorpusWriter.UnitState) async throws -> [Capture?] {
        var captures: [Capture?] = []
        for (index, file) in unit.files.enumerated() {
            switch fetched.files[index] {
            case .captured(let capture): captures.append(capture)
            case .notModified(let asked):
                let validators = known.flatMap { state.captures[upstream.url(of: file)]?[$0[index]] } ?? nil
                let isKnown = validators == asked
                // What the site was asked about is not what the rows were read from: the bytes are needed.
                captures.append(isKnown ? nil : try await upstream.capture(file, limit: Self.maximumCaptureBytes))
            }
        }
        return captures
    }

    private func isStored(_ capture: Capture, at url: String, _ state: CorpusWriter.UnitState) -> Bool {
        state.captures[url]?.keys.contains(capture.sha256) == true
    }

    private func finishUnchanged(
        _ state: CorpusWriter.UnitState,
        captured: [Statement] = []
    ) async throws -> Outcome {
        try await finish(state.counts, captureHash: state.captureHash ?? "", captured: captured)
        return Outcome(counts: state.counts, findings: [])
    }

    private func finish(
        _ counts: LawCounts,
        captureHash: String,
        captured: [Statement]
    ) async throws {
        try await writer.finishUnit(
            unit.id,
            revision: revision,
            label: label,
            captureHash: captureHash,
            captured: captured,
            reader: readerVersion,
            counts: counts,
            now: .now()
        )
    }

    private var readerVersion: String {
        "\(source.description.id)/\(source.readerVersion), rows/\(LawSchema.rowVersion)"
    }

    // MARK: - Reading

    /// What is kept of a node while its unit is read: about a hundred bytes and its key.
    private struct ReadNode {
        var index: Int32
        var key: String
        var hash: ContentHash
        var fingerprint: UInt64
        /// Of the unit's files.
        var file: Int8
        /// See ``LawNode/order``; -1 for none.
        var order: Int32
        var row: RowSpool.Place
        /// Where its content was put; `nil` when the live revision has the same content already.
        var place: PackPlace?
    }

    private func read(
        _ captures: [Capture],
        over state: CorpusWriter.UnitState,
        shrinkLimit: Double
    ) async throws -> Outcome {
        let live = state.liveRows > 0 ? try await writer.liveRows(ofUnit: unit.id) : [:]
        var reader = try UnreadableUnit.catching { try source.reader(for: unit, captures: captures) }
        var packs = PackWriter(
            objects: attempt.objects,
            source: source.description.id,
            author: "\(revision).\(attempt.attempt)",
            isKept: { [writer] in try await writer.isKept(pack: $0) }
        )
        let encoding = NodeEncoding(live: live)
        let spool = try RowSpool(path: "\(attempt.workFolder)/rows-\(unit.id)")
        var nodes: [ReadNode] = []
        var check = UnitCheck(unit: unit.id, liveNodes: live.count, accepted: accepted)
        var counts = LawCounts()
        var read = 0
        try await OrderedWork.run(width: Self.batchesAtOnce) {
            try Task.checkCancellation()
            var batch = NodeEncoding.Batch()
            while !batch.isFull, let node = try UnreadableUnit.catching({ try reader.next() }) {
                guard check.take(node) else { continue }
                read += 1
                guard read <= Self.maximumNodes else {
                    throw JobFailure(
                        code: "unit_too_large",
                        message: "The document holds more than \(Self.maximumNodes) nodes.",
                        unit: unit.id
                    )
                }
                counts.sections += node.level == "section" ? 1 : 0
                batch.append(node)
            }
            // Others want to run on this thread, too: the report of progress and the heartbeat.
            await Task.yield()
            return batch.nodes.isEmpty ? nil : batch
        } work: {
            try encoding.encode($0)
        } keep: { encoded in
            for node in encoded {
                check.noteRepeat(node.key, of: node.repeats, fingerprint: node.fingerprint)
                let place: PackPlace? = if let member = node.member { try await packs.append(member) } else { nil }
                nodes.append(
                    ReadNode(
                        index: node.index,
                        key: node.key,
                        hash: node.hash,
                        fingerprint: node.fingerprint,
                        file: node.file,
                        order: node.order,
                        row: try spool.append(node.row),
                        place: place
                    )
                )
            }
            report(reader.fractionRead * 0.9, "unit \(unit.id): \(nodes.count) nodes")
        }
        try await packs.flush()
        counts.nodes = nodes.count
        counts.characters = reader.findings.keptCharacters
        let findings = check.findings(
            reader.findings,
            nodes: nodes.lazy.map { ($0.key, $0.fingerprint) },
            isLive: { live[$0] != nil },
            shrinkLimit: shrinkLimit
        )
        guard findings.isEmpty else { return Outcome(counts: counts, findings: findings) }
        report(0.9, "unit \(unit.id): writing")
        nodes.sort { $0.index < $1.index }
        let whole = ReadUnit(nodes: nodes, spool: spool, packs: packs.names)
        try await write(whole, over: live, urls: captures.map(\.url), counts: &counts)
        return Outcome(counts: counts, findings: [])
    }

    /// A unit that has been read, in document order, with its content stored.
    private struct ReadUnit {
        var nodes: [ReadNode]
        var spool: RowSpool
        /// Names of packs by their number.
        var packs: [String]
    }

    private func write(
        _ whole: ReadUnit,
        over live: [String: UnitDifference.LiveRow],
        urls: [String],
        counts: inout LawCounts
    ) async throws {
        let nodes = whole.nodes
        let difference = UnitDifference(
            new: nodes.map { node in
                UnitDifference.NewNode(
                    key: node.key,
                    hash: node.hash,
                    fingerprint: node.fingerprint,
                    order: node.order >= 0 ? Int64(node.order) : nil
                )
            },
            live: live
        )
        try await writer.close(difference.closedKeys, inUnit: unit.id, revision: revision)
        for (index, url) in urls.enumerated() {
            let insertions = difference.insertions.lazy.filter { nodes[$0.position].file == Int8(clamping: index) }
            try await writer.insert(insertions, unit: unit.id, revision: revision, url: url) { insertion in
                let node = nodes[insertion.position]
                let old = live[node.key]
                return NodeRows.row(
                    NodeRow(encoded: try whole.spool.row(at: node.row)),
                    key: node.key,
                    sort: insertion.sort,
                    pack: node.place.map { whole.packs[Int($0.pack)] } ?? old?.pack ?? "",
                    offset: node.place.map { Int64($0.offset) } ?? old?.offset ?? 0,
                    length: node.place.map { Int64($0.length) } ?? old?.length ?? 0
                )
            }
        }
        counts.added = difference.count(.added)
        counts.changed = difference.count(.changed)
        counts.moved = difference.count(.moved)
        counts.removed = difference.removedCount
        counts.unchanged = difference.unchangedCount
        counts.rowsWritten = difference.insertions.count
    }

    // MARK: - Captures

    /// Keeps the bytes as upstream served them.
    ///
    /// - Returns: the object that holds them.
    private func store(_ capture: Capture, of file: UpstreamFile) async throws -> String {
        let folder = "captures/\(source.description.id)/\(label)"
        let key = "\(folder)/\(file.name)"
        let isNew = try await attempt.objects.put(
            key,
            capture.body,
            contentType: "application/octet-stream",
            onlyIfAbsent: true
        )
        if isNew { return key }
        // Another file of that name and label came before; or the same one, stored by an attempt that broke off
        // before it was written down. A name with the hash is right for both.
        let ownKey = "\(folder)/\(capture.sha256.prefix(16))/\(file.name)"
        try await attempt.objects.put(
            ownKey,
            capture.body,
            contentType: "application/octet-stream",
            onlyIfAbsent: true
        )
        return ownKey
    }

    /// Fetched files lie in the attempt's folder, which would otherwise grow to the size of the whole source.
    private func removeCapturedFile(_ capture: Capture) {
        guard capture.path.hasPrefix(attempt.workFolder + "/") else { return }
        capture.removeLocalFile()
    }
}
