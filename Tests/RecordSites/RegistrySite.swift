public import IngotCore
import Synchronization

/// A strict stand-in of the registry: pages of at most 100, details as lists of one, 404 for who is gone.
public final class RegistrySite: SiteImitation {
    private struct State {
        var registrants: [JSONValue]
        var gone: Set<String> = []
    }

    private let state: Mutex<State>
    private static let onlyInDetails = ["convictions", "aliases", "skin_markings"]

    public init(_ registrants: [JSONValue]) { state = Mutex(State(registrants: registrants)) }

    public var registrants: [JSONValue] {
        get { state.withLock { $0.registrants } }
        set { state.withLock { $0.registrants = newValue } }
    }

    /// Lets the details of registrants be gone.
    public func removeDetails(of numbers: Set<String>) { state.withLock { $0.gone = numbers } }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        guard request.method == "GET" else { return .refusal(405, "only GET") }
        let (rows, gone) = state.withLock { ($0.registrants, $0.gone) }
        if request.path == "/api/search/results.json" {
            guard request.query["countyname"] != nil, let size = Int(request.query["per_page"] ?? ""),
                (1...100).contains(size), let page = Int(request.query["page"] ?? ""), page > 0
            else { return .refusal(400, "not as the registry's terms say") }
            let shown = rows.dropFirst((page - 1) * size).prefix(size).map { row in
                JSONValue.object((row.objectValue ?? [:]).filter { !Self.onlyInDetails.contains($0.key) })
            }
            let answer: JSONValue = [
                "page": .integer(Int64(page)), "pages": .integer(Int64((rows.count + size - 1) / size)),
                "onpage": .integer(Int64(shown.count)), "results": .integer(Int64(rows.count)),
                "records": .array(Array(shown)),
            ]
            return .json(answer.canonicalBytes)
        }
        guard request.path.hasPrefix("/api/registrant/"), request.path.hasSuffix(".json") else {
            return .refusal(404, "no such path")
        }
        let number = String(request.path.dropFirst("/api/registrant/".count).dropLast(".json".count))
        guard !gone.contains(number), let row = rows.first(where: { $0["registrant"]?.stringValue == number }) else {
            return .refusal(404, "gone")
        }
        // Both forms that the registry has.
        let isList = (Int(number) ?? 0) % 2 == 0
        return .json((isList ? JSONValue.array([row]) : row).canonicalBytes)
    }
}
