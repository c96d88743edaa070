import IngotEmbedded
import Testing

@Suite("Fault plans on paper")
struct FaultPlanDocumentTests {
    private func plan(_ text: String) throws(FaultPlanError) -> FaultPlan { try FaultPlan(parsing: Array(text.utf8)) }

    @Test("A document with everything in it gives exactly that plan")
    func everything() throws {
        let plan = try plan(
            """
            {"seed": 7, "database_call_budget": 1200, "window_s": 60,
             "database": {
               "first": [null, "drop_after", {"fault": "rate_limited", "retry_after_s": 2}, "rate_limited"],
               "chances": [{"fault": "delay", "seconds": 0.25, "probability": 0.5},
                           {"fault": "trickle", "seconds": 3, "probability": 1}]},
             "objects": {
               "first": ["overloaded", "internal_error", "gateway_timeout", "drop_before", "truncated_body",
                         "corrupted_body"]}}
            """
        )
        #expect(plan.seed == 7)
        #expect(plan.databaseCallBudget == 1200)
        #expect(plan.window == .seconds(60))
        #expect(
            plan.database.first == [
                nil, .dropAfter, .rateLimited(retryAfterSeconds: 2), .rateLimited(retryAfterSeconds: nil),
            ]
        )
        #expect(plan.database.chances.map(\.fault) == [.delay(.milliseconds(250)), .trickle(.seconds(3))])
        #expect(plan.database.chances.map(\.probability) == [0.5, 1])
        #expect(
            plan.objects.first == [
                .overloaded, .internalError, .gatewayTimeout, .dropBefore, .truncatedBody, .corruptedBody,
            ]
        )
    }

    @Test("An empty document plans nothing")
    func empty() throws {
        let plan = try plan("{}")
        #expect(plan.database.first.isEmpty && plan.database.chances.isEmpty && plan.databaseCallBudget == nil)
        #expect(plan.objects.first.isEmpty && plan.objects.chances.isEmpty)
    }

    @Test(
        "What is no plan is refused with the place and the reason",
        arguments: [
            ("", "", "not JSON"),
            ("[]", "", "is not an object"),
            (#"{"sed": 1}"#, "sed", "there are seed, database, objects"),
            (#"{"database": {"chance": []}}"#, "database.chance", "there are first, chances"),
            (#"{"database": {"first": {}}}"#, "database.first", "is not an array"),
            (#"{"database": {"first": ["drop_afer"]}}"#, "database.first[0].fault", "there are corrupted_body, delay"),
            (#"{"objects": {"first": [null, 1]}}"#, "objects.first[1]", "is not an object"),
            (#"{"objects": {"first": ["delay"]}}"#, "objects.first[0].seconds", "from 0 to 600"),
            (#"{"objects": {"first": [{"fault": "delay", "seconds": 601}]}}"#, "objects.first[0].seconds", "600"),
            (
                #"{"objects": {"first": [{"fault": "overloaded", "seconds": 1}]}}"#, "objects.first[0].seconds",
                "no such"
            ),
            (
                #"{"database": {"chances": [{"fault": "rate_limited", "retry_after_s": -1, "probability": 0}]}}"#,
                "database.chances[0].retry_after_s", "from 0 to 3600"
            ),
            (#"{"database": {"chances": [{"fault": "delay"}]}}"#, "database.chances[0].probability", "from 0 to 1"),
            (
                #"{"database": {"chances": [{"fault": "drop_after", "probability": 1.01}]}}"#,
                "database.chances[0].probability", "from 0 to 1"
            ),
            (#"{"seed": -1}"#, "seed", "whole number"),
            (#"{"seed": 1.5}"#, "seed", "whole number"),
            (#"{"window_s": 0}"#, "window_s", "from 1 to 3600"),
            (#"{"database_call_budget": 0}"#, "database_call_budget", "from 1 to 1000000"),
        ]
    )
    func refuses(_ document: String, _ place: String, _ reason: String) throws {
        let error = try #require(throws: FaultPlanError.self) { try plan(document) }
        #expect(error.place == place)
        #expect(error.reason.contains(reason))
        #expect(error.description.hasPrefix("fault plan: "))
    }

    @Test("A document has a largest size, and its lists a largest length")
    func limits() throws {
        let nulls = { (count: Int) in
            #"{"objects": {"first": ["# + Array(repeating: "null", count: count).joined(separator: ",") + "]}}"
        }
        #expect(try plan(nulls(1000)).objects.first.count == 1000)
        #expect(throws: FaultPlanError.self) { try plan(nulls(1001)) }
        let padding = String(repeating: " ", count: (64 << 10) - 2)
        #expect(try plan("{}" + padding).seed == 0)
        #expect(throws: FaultPlanError.self) { try plan("{} " + padding) }
    }
}
