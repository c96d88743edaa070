import IngotCore
import Testing

@testable import IngotGateway
@testable import IngotLaw

/// The Swift types that answers are made of, with every member there is, against the schemas that describe them.
@Suite("The shapes of the API's description")
struct OpenAPIShapeTests {
    static let time: Timestamp = .now()
    static let place = SourcePlace(file: "usc01.xml", line: 3, column: 9)
    static let exit: RunnerExit = {
        var exit = RunnerExit(code: 1, signal: 9, reason: "deadline")
        exit.peakMemoryBytes = 1
        exit.cpuSeconds = 0.5
        return exit
    }()
    static let failure: JobFailure = {
        var failure = JobFailure(
            code: "xml_malformed",
            message: "m",
            unit: "1",
            place: place,
            advice: "a",
            details: [1]
        )
        failure.exit = exit
        failure.peakMemoryBytes = 1
        failure.cpuSeconds = 0.5
        failure.logTail = ["line"]
        failure.attempts = 1
        return failure
    }()
    static let limits: JobLimits = {
        var limits = JobLimits()
        limits.wallSeconds = 1
        limits.memoryBytes = 1
        limits.cpuSeconds = 1
        limits.processors = 0.5
        limits.processes = 1
        limits.openFiles = 1
        return limits
    }()
    private static let job: Job = {
        var job = Job(
            id: JobID.make(),
            source: "usc",
            message: "m",
            parameters: [:],
            createdAt: time,
            idempotencyKey: "k",
            limits: limits
        )
        job.startedAt = time
        job.finishedAt = time
        job.result = ["label": "1"]
        job.error = failure
        job.leaseExpiresAt = time
        job.launcher = "process"
        job.runnerHandle = "1"
        job.nextAttemptAt = time
        job.retryOf = JobID.make()
        job.createdBy = "local"
        job.traceID = String(repeating: "0", count: 32)
        job.definitionID = 1
        job.scheduleID = 1
        job.scheduledFor = time
        job.endlessRetries = EndlessRetries(deadlineSeconds: 1)
        job.deadlineAt = time
        job.lastError = failure
        job.hostTerms = HostTerms(requestsPerHour: 1)
        return job
    }()

    /// One type, with every optional member filled in.
    struct Shape: Sendable, CustomTestStringConvertible {
        var schema: String
        var value: @Sendable () throws -> any Encodable
        /// Members of the schema that the route adds.
        var added: Set<String>

        init(
            schema: String,
            value: @autoclosure @escaping @Sendable () throws -> any Encodable,
            added: Set<String> = []
        ) {
            self.schema = schema
            self.value = value
            self.added = added
        }

        init(schema: String, make: @escaping @Sendable () throws -> any Encodable) {
            self.schema = schema
            value = make
            added = []
        }

        var testDescription: String { schema }
    }

    /// The schemas whose every member these tests have seen.
    static let covered = Set(shapes.map(\.schema)).union(records).union(["Reference"])
    private static let records = ["Record", "Block", "Cell", "Link", "Mark", "Note", "Footnote"]

    private static func row(_ values: [(String, SQLValue)]) -> Row {
        Row(columns: values.map(\.0), values: values.map(\.1))
    }

    private static let shapes: [Shape] =
        shapesOfJobs + shapesOfDefinitions + shapesOfLaw + shapesOfAccess + shapesOfSystem + shapesOfProxies

    private static let event: RunnerEvent = {
        var event = RunnerEvent(sequence: 1, kind: .progress)
        event.progress = 1
        event.message = "m"
        event.unit = "1"
        event.unitStatus = .done
        event.counts = ["nodes": 1]
        event.lines = ["line"]
        event.outcome = .succeeded
        event.result = ["a": 1]
        event.error = failure
        event.peakMemoryBytes = 1
        event.cpuSeconds = 0.5
        event.memoryBytes = 1
        event.metrics = [RunnerCount(name: "ingot_d1_calls_total", labels: [:], amount: 1)]
        return event
    }()

    private static let shapesOfJobs: [Shape] = {
        let text = { (value: any Encodable) in SQLValue.text((try? JSONText.string(value)) ?? "") }
        let moment = SQLValue.text(time.description)
        let attempt = row([
            ("attempt", .integer(1)), ("started_at", moment), ("finished_at", moment), ("outcome", .text("failed")),
            ("launcher", .text("process")), ("runner_handle", .text("1")), ("error_json", text(failure)),
            ("exit_json", text(exit)), ("peak_memory_bytes", .integer(1)), ("cpu_seconds", .real(0.5)),
        ])
        let unit = row([
            ("unit", .text("1")), ("position", .integer(0)), ("status", .text("failed")), ("attempt", .integer(1)),
            ("counts_json", .text("{\"nodes\":1}")), ("error_json", text(failure)), ("started_at", moment),
            ("finished_at", moment),
        ])
        return [
            Shape(schema: "Job", value: job), Shape(schema: "Failure", value: failure),
            Shape(schema: "Place", value: place), Shape(schema: "Exit", value: exit),
            Shape(schema: "Limits", value: limits),
            Shape(
                schema: "ProgressEvent",
                value: EventData.Progress(status: .running, progress: 1, message: "m", attempt: 1, at: time)
            ),
            Shape(
                schema: "UnitEvent",
                value: EventData.Unit(unit: "1", status: .failed, counts: ["nodes": 1], error: failure, at: time)
            ),
            Shape(schema: "LogEvent", value: EventData.Log(lines: ["line"], omitted: 0, at: time)),
            Shape(schema: "RunnerEvent", value: event),
            Shape(schema: "Report", value: RunnerReport(attempt: 1, events: [event])),
            Shape(schema: "ReportAnswer", value: ReportAnswer(accepted: 1, stop: false)),
            Shape(schema: "Attempt", make: { try JobAttempt(row: attempt) }),
            Shape(schema: "Unit", make: { try JobUnit(row: unit) }),
        ]
    }()

    private static let shapesOfLaw: [Shape] = {
        let source = SourceDescription(
            id: "usc",
            name: "n",
            jurisdiction: "us",
            region: "federal",
            documentType: "statute",
            parameters: [:],
            defaultOrigin: "https://example.org",
            isExclusive: true,
            definitions: [BuiltInDefinition(name: "n", retries: .endless(EndlessRetries(deadlineSeconds: 1)))],
            terms: HostTerms(requestsPerHour: 50),
            retentionDays: 14
        )
        let release = SourceRelease(label: "1", date: "2026-01-01", units: ["1"], isCurrent: true, description: "d")
        let caption = LawChange.Caption(
            level: "section",
            num: "§ 1.",
            heading: "h",
            status: "repealed",
            citation: "c",
            parent: "/g"
        )
        let change = LawChange(
            kind: .changed,
            key: "/g/s1",
            unit: "1",
            caption: caption,
            fields: [.text],
            before: caption
        )
        let summary = {
            var summary = LawChangeSummary()
            summary.add(change)
            return summary
        }()
        return [
            Shape(schema: "Source", value: source),
            Shape(schema: "Release", value: release, added: ["ingested", "live"]),
            Shape(schema: "Change", value: change), Shape(schema: "Caption", value: caption),
            Shape(schema: "ChangeSummary", value: summary),
        ]
    }()

    private static let key: APIKey = {
        var key = APIKey(
            id: "key_0b4db0ea24b4",
            name: "n",
            role: .viewer,
            sources: ["usc"],
            hash: [1],
            createdAt: time,
            createdBy: "local",
            expiresAt: time
        )
        key.lastUsedAt = time
        key.revokedAt = time
        return key
    }()

    private static let shapesOfAccess: [Shape] = {
        let entry = AuditEntry(
            id: JobID.make(),
            at: time,
            caller: "local",
            role: .admin,
            remoteAddress: "127.0.0.1",
            action: "GET /api/audit",
            target: "/api/audit",
            outcome: "200",
            requestID: "r"
        )
        let webhook = Webhook(
            id: "wh_1",
            url: "https://example.org",
            events: [.jobFailed],
            sources: ["usc"],
            createdAt: time,
            createdBy: "local"
        )
        return [
            Shape(schema: "Key", value: key), Shape(schema: "AuditEntry", value: entry),
            Shape(schema: "Webhook", value: webhook),
        ]
    }()

    private static let shapesOfSystem: [Shape] = {
        let waiting = WaitingJob(
            job: JobID.make(),
            source: "usc",
            host: "example.org",
            priority: 1,
            position: 1,
            reason: .slots
        )
        let use = SlotUse(name: "usc", running: 1, limit: 1)
        let queue = QueueState(
            slots: 1,
            running: 1,
            waiting: 1,
            retrying: 0,
            sources: [use],
            hosts: [use],
            jobs: [waiting]
        )
        let size = LawSize(
            revision: 1,
            label: "1",
            promotedAt: time.description,
            units: 1,
            nodes: 2,
            sections: 1,
            characters: 3
        )
        return [
            Shape(schema: "WaitingJob", value: waiting), Shape(schema: "SlotUse", value: use),
            Shape(schema: "Queue", value: queue), Shape(schema: "Size", value: size),
            Shape(schema: "NodeCount", value: LawNodeCount(level: "section", status: "repealed", nodes: 1)),
            Shape(schema: "DayOutcomes", value: DayOutcomes(day: "2026-03-01", succeeded: 1, failed: 2, cancelled: 3)),
        ]
    }()

    private static let shapesOfProxies: [Shape] = {
        var settings = ProxyPoolSettings()
        settings.validationText = "lantern"
        let source = ProxySource(name: "list", url: "https://example.org/proxies.txt")
        settings.sources = [source]
        let config = ProxyPoolStatus.Config(settings, validationURL: "https://example.org/")
        let state = ProxyPoolStatus.Source(
            name: "list",
            candidates: 1,
            valid: 2,
            checked: 3,
            succeeded: 2,
            quarantinedUntil: time,
            error: "e",
            fetchedAt: time
        )
        let churn = ProxyPoolStatus.Churn(checked: 3, success: 2)
        let status = ProxyPoolStatus(
            total: 2,
            validating: true,
            sources: ["list"],
            activeProxies: 2,
            totalRaw: 3,
            isActive: true,
            churnStats: churn,
            config: config,
            bySource: [state],
            checkError: "e"
        )
        let answer = ProxyAnswer(proxy: "http://192.0.2.1:80", lease: "p1", isExpected: true, directAllowed: false)
        return [
            Shape(schema: "ProxyPool", value: status), Shape(schema: "ProxyPoolSettings", value: config),
            Shape(schema: "ProxySourceState", value: state), Shape(schema: "ProxyChurn", value: churn),
            Shape(schema: "ProxySource", value: source), Shape(schema: "ProxyAnswer", value: answer),
        ]
    }()

    @Test("name every member of the types that answers are made of, and no other", arguments: shapes)
    func members(shape: Shape) throws {
        let instance = try shape.value()
        for child in Mirror(reflecting: instance).children {
            let member = Mirror(reflecting: child.value)
            let isMissing = member.displayStyle == .optional && member.children.isEmpty
            #expect(!isMissing, "fill in \(child.label ?? "")")
        }
        var schema = StrictSchema(try DescribedAPI())
        let value = try JSONValue(parsing: JSONText.encode(instance))
        let members = Set((value.objectValue ?? [:]).keys).union(shape.added)
        #expect(members == schema.properties(of: shape.schema))
        guard shape.added.isEmpty else { return }
        #expect(schema.problems(of: value, with: ["$ref": .string("#/components/schemas/\(shape.schema)")]) == [])
    }

    @Test("name every member of a node's record")
    func record() throws {
        var node = LawNode(unit: "1", key: "/g/s1", parent: "/g", level: "section", index: 0)
        node.status = "repealed"
        node.citation = "1 G.C. § 1"
        node.text = "Text."
        node.credit = "Credit."
        node.notes = [LawNote(topic: "t", role: "crossHeading", heading: "h", text: "x")]
        node.footnotes = [LawFootnote(marker: "1", text: "x")]
        var reference = LawReference(href: "/g/s2", text: "section 2", kind: .node, target: "/g/s2", piece: "a")
        reference.relation = .formerly
        node.refs = [reference]
        var block = LawBlock(type: "table", label: "(a)", heading: "h", depth: 1, text: "Text.")
        block.status = "repealed"
        block.table = [[LawTableCell(text: "x", isHeader: true, columnSpan: 2, rowSpan: 2)]]
        block.links = [LawLink(href: "/g/s2", start: 0, length: 1)]
        block.marks = [LawFootnoteMark(marker: "1", position: 1)]
        node.blocks = [block]
        for value in [node.notes[0], node.footnotes[0], reference, block] as [Any] {
            for child in Mirror(reflecting: value).children {
                let member = Mirror(reflecting: child.value)
                #expect(!(member.displayStyle == .optional && member.children.isEmpty), "fill in \(child.label ?? "")")
            }
        }
        var encoder = LawNodeEncoder()
        let value = try JSONValue(parsing: encoder.encode(node))
        var schema = StrictSchema(try DescribedAPI())
        #expect(schema.problems(of: value, with: ["$ref": "#/components/schemas/Record"]) == [])
        for component in Self.records {
            let properties = Set(schema.properties(of: component).map { "\(component).\($0)" })
            #expect(properties.subtracting(schema.seen) == [])
        }
        // Whether a reference leads to a node is said when it is read.
        let ofReferences = Set(schema.properties(of: "Reference").map { "Reference.\($0)" })
        #expect(ofReferences.subtracting(schema.seen) == ["Reference.resolved"])
    }

    @Test("have examples that fit")
    func examples() throws {
        let api = try DescribedAPI()
        var schema = StrictSchema(api)
        var count = 0
        for (name, component) in api.document["components"]?["schemas"]?.objectValue ?? [:] {
            #expect(component["description"] != nil, "\(name) is not described")
            for example in component["examples"]?.arrayValue ?? [] {
                count += 1
                #expect(schema.problems(of: example, with: component) == [], "\(name)")
            }
            for (member, property) in component["properties"]?.objectValue ?? [:] {
                let isDescribed = property["description"] != nil || property["$ref"] != nil
                #expect(isDescribed, "\(name).\(member) is not described")
            }
        }
        #expect(count > 5)
    }
}
