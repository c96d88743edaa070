import IngotCore
import Testing

@testable import IngotGateway

extension OpenAPIAnswerTests {
    func askForDefinitions(_ asker: Asker) async throws {
        let jobs = "/api/jobs"
        let made = try await asker.ask(
            "createDefinition",
            jobs,
            body: ["name": "calls", "source": "probe", "config": ["events": 1, "log_lines": 2]],
            201
        ).json()
        let definition = "\(jobs)/\(made["job_id"]?.integerValue ?? 0)"
        try await asker.ask("createDefinition", jobs, body: ["name": "calls", "source": "probe"], 409)
        try await asker.ask("createDefinition", jobs, body: ["name": "x"], 422)
        try await asker.ask("createDefinition", jobs, body: ["name": "x", "source": "none"], 404)
        try await asker.ask("listDefinitions", jobs, 200)
        try await asker.ask("showDefinition", definition, 200)
        try await asker.ask("showDefinition", "\(jobs)/999", 404)
        try await asker.ask("changeDefinition", definition, body: ["priority": 3], 200)
        try await asker.ask("changeDefinition", definition, body: ["source": "usc"], 422)
        let started = try await asker.ask("runDefinition", "\(definition)/run", 200).json()
        try await asker.ask("runDefinition", "\(definition)/run", body: ["config": ["events": "x"]], 422)
        let run = started["run_id"]?.stringValue ?? ""
        try await asker.ask("stopRun", "/api/history/\(JobID.make())/stop", 404)
        _ = try await asker.fixture.end(of: try #require(JobID(run)))
        try await asker.ask("stopRun", "/api/history/\(run)/stop", 409)
        try await asker.ask("runLog", "/api/logs/\(run)", 200)
        try await asker.ask("runLog", "/api/logs/\(JobID.make())", 404)
        try await asker.ask("history", "/api/history?limit=2", 200)
        try await asker.ask("history", "/api/history?limit=none", 422)
        try await asker.ask("history", "/api/history?status=unknown", 400)
        try await stop(asker, definition)
        try await askForSchedules(asker, made["job_id"] ?? 0)
        try await asker.ask("removeDefinition", definition, 204)
        try await asker.ask("removeDefinition", definition, 404)
    }

    /// One slot is there, so that the second run waits and ends at once.
    private func stop(_ asker: Asker, _ definition: String) async throws {
        var runs: [String] = []
        for _ in 0..<2 {
            let started = try await asker.ask(
                "runDefinition",
                "\(definition)/run",
                body: ["config": ["events": 1, "sleep_ms": 60_000]],
                200
            ).json()
            runs.append(started["run_id"]?.stringValue ?? "")
        }
        let first = try #require(JobID(runs[0]))
        try await asker.fixture.waitForProgress(of: first)
        try await asker.ask("stopRun", "/api/history/\(runs[1])/stop", 200)
        try await asker.ask("stopRun", "/api/history/\(runs[0])/stop", 202)
        _ = try await asker.fixture.end(of: first)
    }

    private func askForSchedules(_ asker: Asker, _ definition: JSONValue) async throws {
        let schedules = "/api/schedules"
        let timing: JSONValue = ["cron": "0 6 * * *", "time_zone": "America/Chicago"]
        let body: JSONValue = ["job_id": definition, "timing": timing, "deadline_seconds": 60]
        let made = try await asker.ask("createSchedule", schedules, body: body, 201).json()
        let schedule = "\(schedules)/\(made["schedule_id"]?.integerValue ?? 0)"
        try await asker.ask("createSchedule", schedules, body: ["job_id": 999, "timing": timing], 404)
        try await asker.ask("createSchedule", schedules, body: ["job_id": definition, "timing": ["cron": "x"]], 422)
        try await asker.ask("listSchedules", "\(schedules)?job_id=\(definition.integerValue ?? 0)", 200)
        try await asker.ask("listSchedules", "\(schedules)?job_id=x", 400)
        try await asker.ask("previewSchedule", "\(schedules)/preview", body: ["timing": timing, "count": 2], 200)
        try await asker.ask("previewSchedule", "\(schedules)/preview", body: ["timing": [:]], 422)
        try await asker.ask("showSchedule", schedule, 200)
        try await asker.ask("showSchedule", "\(schedules)/999", 404)
        try await asker.ask("changeSchedule", schedule, body: ["overlap": "queue"], 200)
        try await asker.ask("changeSchedule", schedule, body: ["overlap": "never"], 422)
        try await asker.fixture.gateway.parts.stores.database.run(
            Statement(
                """
                INSERT INTO schedule_ticks (schedule_id, due_at, decision, detail, decided_at, mark) VALUES
                    (?1, '2026-03-01T12:00:00.000Z', 'skipped', 'missed', '2026-03-01T13:00:00.000Z', ''),
                    (?1, '2026-03-02T12:00:00.000Z', 'waiting', NULL, '2026-03-02T12:00:00.000Z', '')
                """,
                [made["schedule_id"]?.integerValue.map(SQLValue.integer) ?? .null]
            )
        )
        try await asker.ask("listTicks", "\(schedule)/ticks?limit=1", 200)
        try await asker.ask("listTicks", "\(schedule)/ticks?limit=0", 400)
        try await asker.ask("removeSchedule", schedule, 204)
        try await asker.ask("removeSchedule", schedule, 404)
    }
}
