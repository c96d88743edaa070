import IngotCore

@testable import IngotGateway

extension OpenAPIShapeTests {
    static let shapesOfDefinitions: [Shape] = {
        let endless = EndlessRetries(deadlineSeconds: 1)
        let terms = HostTermsOverride(
            terms: HostTerms(requestsPerHour: 1),
            reason: "r",
            decidedBy: "local",
            decidedAt: time
        )
        let definition = JobDefinition(
            id: 1,
            name: "n",
            source: "usc",
            parameters: [:],
            retries: .endless(endless),
            maximumAttempts: 1,
            limits: limits,
            hostTerms: terms,
            createdAt: time,
            createdBy: "local",
            updatedAt: time,
            updatedBy: "local"
        )
        let schedule = Schedule(
            id: 1,
            definitionID: 1,
            timing: .once(time),
            parameters: [:],
            deadlineSeconds: 1,
            decidedUntil: time,
            createdAt: time,
            createdBy: "local",
            updatedAt: time,
            updatedBy: "local"
        )
        let entry = HistoryEntry(
            runID: JobID.make().rawValue,
            jobID: 1,
            name: "n",
            source: "usc",
            status: .failure,
            createdAt: time,
            startTime: time,
            endTime: time,
            exitCode: 1,
            attempt: 1,
            error: failure,
            lastError: failure,
            nextAttemptAt: time,
            scheduleID: 1,
            scheduledFor: time,
            createdBy: "local"
        )
        let tick = TickStore.Tick(due: time, decision: .skipped, reason: .missed, decidedAt: time, job: JobID.make())
        return [
            Shape(schema: "Definition", value: DefinitionAnswer(definition)),
            Shape(schema: "EndlessRetries", value: endless), Shape(schema: "HostTermsOverride", value: terms),
            Shape(schema: "HostTerms", value: terms.terms),
            Shape(schema: "Retries", value: JobRetries.endless(endless)),
            Shape(schema: "BuiltInDefinition", value: BuiltInDefinition(name: "n")),
            Shape(schema: "Schedule", value: ScheduleAnswer(schedule, nextRuns: [time])),
            Shape(schema: "MissedTicks", value: schedule.missed), Shape(schema: "Tick", value: TickAnswer(tick)),
            Shape(schema: "RunEntry", value: entry),
        ]
    }()
}
