import HTTPTypes
import Hummingbird
import IngotCore

/// The routes of schedules: when definitions are run by themselves, and what became of each due time.
struct ScheduleRoutes: Sendable {
    private static let maximumBody = 1 << 20
    /// The most future runs that are told at a time.
    private static let previews = 1...100

    let definitions: DefinitionStore
    let schedules: ScheduleStore
    let ticks: TickStore
    let runs: DefinitionRuns
    let scheduler: Scheduler
    let now: @Sendable () -> Timestamp

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/schedules", for: .role(.viewer)) { try await list($0, $1) }
        routes.on(.post, "/api/schedules", for: .role(.operator)) { try await create($0, $1) }
        routes.on(.post, "/api/schedules/preview", for: .role(.viewer)) { request, _ in try await preview(request) }
        routes.on(.get, "/api/schedules/{schedule_id}", for: .role(.viewer)) { _, context in
            try .json(answer(try await known(context).schedule))
        }
        routes.on(.patch, "/api/schedules/{schedule_id}", for: .role(.operator)) { try await change($0, $1) }
        routes.on(.delete, "/api/schedules/{schedule_id}", for: .role(.operator)) { _, context in
            try await schedules.remove(try await known(context).schedule.id)
            await scheduler.reload()
            return Response(status: .noContent)
        }
        routes.on(.get, "/api/schedules/{schedule_id}/ticks", for: .role(.viewer)) { try await ticks($0, $1) }
    }

    // MARK: - Looking

    private func known(_ context: GatewayContext) async throws -> (schedule: Schedule, definition: JobDefinition) {
        let text = context.parameters.get("schedule_id") ?? ""
        guard let id = Int64(rowNumber: text), let schedule = try await schedules.schedule(id),
            let definition = try await definitions.definition(schedule.definitionID),
            context.caller?.mayUse(source: definition.source) ?? true
        else { throw Problem.unknownSchedule(text) }
        return (schedule, definition)
    }

    private func list(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let visible = Set(try await definitions.all(amongSources: context.caller?.sources).map(\.id))
        var found = try await schedules.all().filter { visible.contains($0.definitionID) }
        if let text = request.query("job_id") {
            guard let id = Int64(rowNumber: text) else {
                throw Problem.invalidQuery("job_id", "is not the id of a job definition")
            }
            found = found.filter { $0.definitionID == id }
        }
        return try .json(found.map { answer($0) })
    }

    private func answer(_ schedule: Schedule) -> ScheduleAnswer {
        let next = schedule.isEnabled ? nextRuns(schedule.timing, count: 3) : []
        return ScheduleAnswer(schedule, nextRuns: next)
    }

    private func nextRuns(_ timing: ScheduleTiming, count: Int) -> [Timestamp] {
        var runs: [Timestamp] = []
        var last = now()
        while runs.count < count, let next = timing.next(after: last) {
            runs.append(next)
            last = next
        }
        return runs
    }

    private struct Preview: Encodable {
        var timing: JSONValue
        var nextRuns: [Timestamp]

        enum CodingKeys: String, CodingKey {
            case timing
            case nextRuns = "next_runs"
        }
    }

    private static let previewSchema: JSONValue = [
        "type": "object", "required": ["timing"],
        "properties": ["timing": ["type": "object"], "count": ["type": "integer", "minimum": 1, "maximum": 100]],
        "additionalProperties": false,
    ]

    private func preview(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody(limit: 64 << 10, schema: Self.previewSchema)
        let timing = try ScheduleBody.timing(body["timing"] ?? .null, at: now())
        let count = body["count"]?.integerValue.map { Int($0) } ?? 10
        return try .json(Preview(timing: timing.json, nextRuns: nextRuns(timing, count: count)))
    }

    private struct TickPage: Encodable {
        var ticks: [TickAnswer]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    private func ticks(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let schedule = try await known(context).schedule
        let limit = try request.queryNumber("limit", in: 1...500) ?? 100
        var cursor: Timestamp?
        if let text = request.query("cursor") {
            cursor = Timestamp(lenient: text)
            if cursor == nil { throw Problem.invalidQuery("cursor", "is not the 'next' of a page") }
        }
        var found = try await ticks.ticks(of: schedule.id, before: cursor, limit: limit + 1)
        let hasMore = found.count > limit
        if hasMore { found.removeLast() }
        return try .json(
            TickPage(ticks: found.map(TickAnswer.init), next: hasMore ? found.last?.due.description : nil)
        )
    }

    // MARK: - Making and changing

    private func create(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await request.jsonBody(limit: Self.maximumBody, schema: ScheduleBody.schema(isNew: true))
        let id = body["job_id"]?.integerValue ?? 0
        guard Int64(rowNumber: String(id)) != nil, let definition = try await definitions.definition(id),
            context.caller?.mayUse(source: definition.source) ?? true
        else { throw Problem.unknownDefinition(String(id)) }
        let time = now()
        var schedule = Schedule(
            id: 0,
            definitionID: definition.id,
            timing: try ScheduleBody.timing(body["timing"] ?? .null, at: time),
            parameters: .object([:]),
            decidedUntil: time,
            createdAt: time,
            createdBy: context.caller?.id,
            updatedAt: time,
            updatedBy: context.caller?.id
        )
        try ScheduleBody.apply(body, to: &schedule, at: time)
        try runs.check(definition.parameters.overlaid(with: schedule.parameters), source: definition.source)
        guard let added = try await schedules.add(schedule) else { throw Problem.tooManySchedules }
        await scheduler.reload()
        var response = try Response.json(answer(added), status: .created)
        response.headers[.location] = "/api/schedules/\(added.id)"
        return response
    }

    private func change(_ request: Request, _ context: GatewayContext) async throws -> Response {
        var (schedule, definition) = try await known(context)
        let body = try await request.jsonBody(limit: Self.maximumBody, schema: ScheduleBody.schema(isNew: false))
        let earlier = schedule
        try ScheduleBody.apply(body, to: &schedule, at: now())
        try runs.check(definition.parameters.overlaid(with: schedule.parameters), source: definition.source)
        // What was due under another timing, or while it was switched off, is not made up for.
        if schedule.timing != earlier.timing || schedule.isEnabled && !earlier.isEnabled {
            schedule.decidedUntil = now()
        }
        schedule.updatedAt = max(now(), earlier.updatedAt.advanced(by: .milliseconds(1)))
        schedule.updatedBy = context.caller?.id
        guard try await schedules.update(schedule, changedLast: earlier.updatedAt) else {
            throw Problem.changedMeanwhile
        }
        await scheduler.reload()
        return try .json(answer(schedule))
    }
}

/// A schedule as the API shows it.
struct ScheduleAnswer: Encodable {
    var scheduleID: Int64
    var jobID: Int64
    var enabled: Bool
    var timing: JSONValue
    var config: JSONValue
    var missed: MissedTicks
    var overlap: OverlapPolicy
    var jitterSeconds: Int
    var deadlineSeconds: Int?
    /// The next times it is due; none when it is switched off or nothing comes any more.
    var nextRuns: [Timestamp]
    var createdAt: Timestamp
    var createdBy: String?
    var updatedAt: Timestamp
    var updatedBy: String?

    init(_ schedule: Schedule, nextRuns: [Timestamp]) {
        scheduleID = schedule.id
        jobID = schedule.definitionID
        enabled = schedule.isEnabled
        timing = schedule.timing.json
        config = schedule.parameters
        missed = schedule.missed
        overlap = schedule.overlap
        jitterSeconds = schedule.jitterSeconds
        deadlineSeconds = schedule.deadlineSeconds
        self.nextRuns = nextRuns
        createdAt = schedule.createdAt
        createdBy = schedule.createdBy
        updatedAt = schedule.updatedAt
        updatedBy = schedule.updatedBy
    }

    enum CodingKeys: String, CodingKey {
        case enabled, timing, config, missed, overlap
        case scheduleID = "schedule_id"
        case jobID = "job_id"
        case jitterSeconds = "jitter_seconds"
        case deadlineSeconds = "deadline_seconds"
        case nextRuns = "next_runs"
        case createdAt = "created_at"
        case createdBy = "created_by"
        case updatedAt = "updated_at"
        case updatedBy = "updated_by"
    }
}

/// A tick as the API shows it.
struct TickAnswer: Encodable {
    var dueAt: Timestamp
    var decision: TickDecision
    /// Why it is not run.
    var reason: String?
    var decidedAt: Timestamp
    var runID: String?

    init(_ tick: TickStore.Tick) {
        dueAt = tick.due
        decision = tick.decision
        reason = tick.reason?.rawValue
        decidedAt = tick.decidedAt
        runID = tick.job?.rawValue
    }

    enum CodingKeys: String, CodingKey {
        case decision, reason
        case dueAt = "due_at"
        case decidedAt = "decided_at"
        case runID = "run_id"
    }
}

extension Problem {
    fileprivate static func unknownSchedule(_ id: String) -> Problem {
        Problem(
            "unknown-schedule",
            .notFound,
            title: "There is no such schedule.",
            detail: "No schedule has the id '\(id.prefix(100))'."
        )
    }

    fileprivate static let tooManySchedules = Problem(
        "too-many-schedules",
        .conflict,
        title: "There are too many schedules.",
        detail: "At most \(ScheduleStore.maximumCount) can be there; remove one first."
    )
}
