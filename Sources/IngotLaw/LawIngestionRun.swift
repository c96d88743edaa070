import IngotCore
import IngotFetch

/// One attempt under way.
struct LawIngestionRun {
    let source: any LawSource
    let upstream: Upstream
    let attempt: AttemptContext
    let writer: CorpusWriter

    /// Failures that can pass before the job gives up on the other units although no attempt follows.
    private static let maximumPassingFailures = 5
    /// Units that are told of before the job gives up on the others.
    private static let maximumFailedUnits = 100

    func run() async throws -> JSONValue {
        let progress = attempt.progress
        progress.progress(0, "planning")
        let beginning = try await writer.prepare()
        let plan = try await source.plan(
            parameters: attempt.parameters,
            label: beginning.label,
            upstream: upstream
        )
        guard beginning.label == nil || beginning.label == plan.label else {
            throw JobFailure(
                code: "label_changed",
                message: "The job began with \(beginning.label ?? ""), and its source now plans \(plan.label).",
                advice: "Start a new job."
            )
        }
        let live = beginning.live
        if let liveLabel = live.label, source.label(plan.label, isOlderThan: liveLabel) {
            throw JobFailure(
                code: "label_older_than_live",
                message: "Upstream has \(plan.label), the corpus already holds \(liveLabel).",
                advice: "An older state cannot replace a newer one; ask for a release at or after \(liveLabel)."
            )
        }
        let revision: Int64
        switch try await writer.openRevision(label: plan.label, now: .now()) {
        case .open(let number): revision = number
        case .promoted(let number):
            // An earlier attempt got as far as this, and committed the job's result with it.
            return try await writer.committedResult()
                ?? ["label": .string(plan.label), "revision": .integer(number)]
        }
        do {
            return try await ingest(plan, revision: revision, live: live)
        } catch {
            // The next attempt goes on from the units that this one has finished. Who asks a runner to stop may want
            // its job to go on: another job's sweep takes what is left when it does not.
            if attempt.isFollowed(after: error) || Task.isCancelled && !attempt.isLast { throw error }
            // The runner is going away; what it wrote must go too, even when it was asked to stop.
            await Task { try? await writer.sweep(revision: revision) }.value
            throw error
        }
    }

    private func ingest(_ plan: LawPlan, revision: Int64, live: CorpusWriter.Live) async throws -> JSONValue {
        let progress = attempt.progress
        let planned = try await writer.planUnits(plan.units.map(\.id), revision: revision)
        var gate = ValidationGate()
        let rest = planned.finished.isEmpty ? "" : ", \(planned.finished.count) of them finished by an earlier attempt"
        progress.log("\(plan.label): \(plan.units.count) units\(rest), revision \(revision)")
        try await ingestUnits(of: plan, finished: planned.finished, revision: revision, gate: &gate)
        progress.progress(0.98, "validating")
        var (shown, done) = try await writer.result(of: revision)
        // Nothing ends as long as it is not sure what the state is.
        let gone = plan.isWhole && gate.findings.isEmpty ? Self.units(of: shown, without: planned.all) : []
        let goneNodes = gone.reduce(0) { $0 + shown.nodes[$1, default: 0] }
        if !gone.isEmpty {
            gate.checkRemoval(of: gone, nodes: goneNodes, among: shown.nodes.values.reduce(0, +), limit: shrinkLimit)
            if let failure = gate.failure { throw failure }
            progress.log("upstream does not have these units any more: \(gone.joined(separator: ", "))")
            try await writer.removeUnits(gone, revision: revision, label: plan.label)
            (shown, done) = try await writer.result(of: revision)
        }
        gate.check(planned: planned.all, done: done.mapValues(\.nodes), shown: shown)
        if let failure = gate.failure { throw failure }
        try Task.checkCancellation()
        var counts = LawCounts()
        for unit in done.values { counts.add(unit) }
        counts.removed += goneNodes
        var changes = LawChangeSummary(counts)
        if counts.changed + counts.moved > 0 {
            changes.fields = try await writer.fieldChanges(from: live.number, to: revision)
        }
        let kept = shown.nodes.keys.filter { done[$0] == nil }.sorted(by: naturallyOrdered)
        let result = try result(
            plan.label,
            units: planned.all,
            revision: revision,
            counts: counts,
            changes: changes,
            kept: kept,
            removed: gone
        )
        try await writer.promote(
            revision: revision,
            over: live.number,
            counts: try JSONValue(parsing: JSONText.encode(counts)),
            result: result,
            now: .now()
        )
        progress.progress(1, "revision \(revision) is visible")
        return result
    }

    /// The units with nodes that are none of the planned ones.
    private static func units(of shown: CorpusWriter.Shown, without planned: [String]) -> [String] {
        let planned = Set(planned)
        return shown.nodes.keys.filter { !planned.contains($0) }.sorted(by: naturallyOrdered)
    }

    /// Ingests one unit after the other; the files of the next ones are fetched meanwhile.
    ///
    /// A file that upstream does not give, or that cannot be read, does not stop the other units, so that the list is
    /// whole: only what can pass by itself does, because it will be tried again.
    private func ingestUnits(
        of plan: LawPlan,
        finished: Set<String>,
        revision: Int64,
        gate: inout ValidationGate
    ) async throws {
        let rest = plan.units.enumerated().filter { !finished.contains($0.element.id) }
        let validators = try await writer.lastValidators(of: rest.map(\.element), url: upstream.url)
        var failures: [JobFailure] = []
        try await withThrowingTaskGroup(of: (Int, Result<FetchedUnit, JobFailure>).self) { group in
            var ahead = FetchAhead()
            for (place, (position, unit)) in rest.enumerated() {
                while let next = ahead.next(of: rest.count, whileAt: place) {
                    let unit = rest[next].element
                    group.addTask { [upstream] in
                        (next, try await FetchedUnit.fetch(unit, from: upstream, validators: validators))
                    }
                }
                while !ahead.has(place), let (arrived, outcome) = try await group.next() {
                    ahead.keep(outcome, at: arrived)
                }
                try Task.checkCancellation()
                switch ahead.take(place) {
                case .success(let fetched)?:
                    do {
                        gate.add(try await ingest(unit, fetched, at: position, of: plan, revision: revision))
                    } catch let unreadable as UnreadableUnit {
                        failures.append(unreadable.failure)
                    }
                case .failure(let failure)?:
                    try await fail(unit, failure)
                    failures.append(failure)
                case nil: throw CancellationError()
                }
                if isEnough(failures) { break }
            }
            group.cancelAll()
        }
        if let failure = JobFailure.joining(failures) { throw failure }
    }

    /// Whether the other units are left for another attempt, or for good.
    private func isEnough(_ failures: [JobFailure]) -> Bool {
        let passing = failures.count(where: \.isTransient)
        // Nothing follows when one of them cannot pass, or this is the last attempt: then a site that is down for all
        // units is not asked for each of them.
        let isFollowed = passing == failures.count && !attempt.isLast
        return passing > 0 && isFollowed || passing >= Self.maximumPassingFailures
            || failures.count >= Self.maximumFailedUnits
    }

    /// - Returns: what the validation gate found; it does not stop the other units, so that the list is whole.
    private func ingest(
        _ unit: LawUnit,
        _ fetched: FetchedUnit,
        at position: Int,
        of plan: LawPlan,
        revision: Int64
    ) async throws -> [ValidationGate.Finding] {
        let progress = attempt.progress
        let share = 1 / Double(plan.units.count)
        let ingestion = UnitIngestion(
            unit: unit,
            label: plan.label,
            revision: revision,
            source: source,
            upstream: upstream,
            attempt: attempt,
            writer: writer,
            fetched: fetched,
            accepted: accepted,
            report: { fraction, message in
                progress.progress((Double(position) + fraction) * share * 0.98, message)
            }
        )
        progress.unit(unit.id, .running, counts: [:], error: nil)
        do {
            let outcome = try await ingestion.run(shrinkLimit: shrinkLimit)
            if let failure = ValidationGate.failure(outcome.findings) {
                try await fail(unit, failure)
            } else {
                progress.unit(unit.id, .done, counts: outcome.counts.byName, error: nil)
            }
            return outcome.findings
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let unreadable = error as? UnreadableUnit
            var failure = unreadable?.failure ?? JobFailure(describing: error)
            if failure.unit == nil { failure.unit = unit.id }
            try? await fail(unit, failure)
            if unreadable != nil { throw UnreadableUnit(failure: failure) }
            throw failure
        }
    }

    private func fail(_ unit: LawUnit, _ failure: JobFailure) async throws {
        attempt.progress.unit(unit.id, .failed, counts: [:], error: failure)
        try await writer.failUnit(unit.id, failure, now: .now())
    }

    private var accepted: Set<ValidationGate.Acceptance> {
        Set((attempt.parameters["accept"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { .init($0) } })
    }

    private var shrinkLimit: Double {
        attempt.parameters["allow_shrink"]?.boolValue == true ? 1 : ValidationGate.defaultShrinkLimit
    }

    private func result(
        _ label: String,
        units: [String],
        revision: Int64,
        counts: LawCounts,
        changes: LawChangeSummary,
        kept: [String],
        removed: [String]
    ) throws -> JSONValue {
        [
            "label": .string(label),
            "revision": .integer(revision),
            "units": .array(units.map(JSONValue.string)),
            // Units that the release did not have, or that were not asked for: they stay as they were.
            "units_kept": .array(kept.map(JSONValue.string)),
            // Units that upstream does not have any more.
            "units_removed": .array(removed.map(JSONValue.string)),
            "counts": .object(counts.byName.mapValues(JSONValue.integer)),
            "changes": try JSONValue(parsing: JSONText.encode(changes)),
        ]
    }
}
