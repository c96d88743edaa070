import Hummingbird
import IngotCore

/// `GET /api/ingest/outcomes`: how many jobs ended on each of the last days, and how.
struct OutcomeRoute: Sendable {
    let store: JobStore
    let now: @Sendable () -> Timestamp

    private struct Days: Encodable {
        var days: [DayOutcomes]
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/ingest/outcomes", for: .role(.viewer)) { request, context in
            let count = try request.queryNumber("days", in: 1...366) ?? 30
            let now = now()
            let days = (0..<count).reversed().map { before in
                String(now.advanced(by: .seconds(-86_400 * before)).description.prefix(10))
            }
            let known = try await store.outcomes(
                since: days[0],
                source: request.query("source"),
                amongSources: context.caller?.sources
            )
            let byDay = Dictionary(known.map { ($0.day, $0) }, uniquingKeysWith: { first, _ in first })
            return try .json(Days(days: days.map { byDay[$0] ?? DayOutcomes(day: $0) }))
        }
    }
}
