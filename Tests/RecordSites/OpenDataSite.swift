public import IngotCore
import Synchronization

/// A strict stand-in of an open-data portal by version 2.1 of Socrata's API, with one dataset.
///
/// It takes the two questions that there are, and of conditions only `NAME = 'VALUE'`; whatever else is refused as the
/// portal refuses it.
public final class OpenDataSite: SiteImitation {
    /// The identifier of the dataset.
    public static let dataset = "abcd-1234"

    private struct State {
        var rows: [JSONValue]
        /// In the place of the true answer to the question for the number of rows.
        var count: JSONValue?
        /// How many rows are taken out from the beginning, and before a page with which offset.
        var removal: (count: Int, offset: Int)?
        var obeysLimit = true
    }

    private let state: Mutex<State>

    public init(_ rows: [JSONValue]) { state = Mutex(State(rows: rows)) }

    public var rows: [JSONValue] {
        get { state.withLock { $0.rows } }
        set { state.withLock { $0.rows = newValue } }
    }

    /// Says something else when it is asked how many rows there are; `nil`: the truth again.
    public func claim(_ answer: JSONValue?) { state.withLock { $0.count = answer } }

    /// Takes the first rows out, once, when the page with this offset is asked for.
    public func removeRows(_ count: Int, beforePageAt offset: Int) {
        state.withLock { $0.removal = (count, offset) }
    }

    /// Sends all rows from the offset on, whatever the limit is.
    public func ignoreLimit() { state.withLock { $0.obeysLimit = false } }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        guard request.method == "GET" else { return Self.refusal(405, "method_not_allowed", "only GET") }
        guard request.path.hasPrefix("/resource/"), request.path.hasSuffix(".json") else {
            return Self.refusal(404, "not_found", "no such path")
        }
        let name = request.path.dropFirst("/resource/".count).dropLast(".json".count)
        guard name == Self.dataset else { return Self.refusal(404, "dataset.missing", "Not found") }
        var query = request.query
        var condition: (name: String, value: String)?
        if let text = query.removeValue(forKey: "$where") {
            guard let match = text.wholeMatch(of: /([a-z_]+) = '([^']*)'/) else {
                return Self.refusal(400, "query.compiler.malformed", "Could not parse SoQL query at $where")
            }
            condition = (String(match.1), String(match.2))
        }
        if query == ["$select": "count(*)"] { return count(condition) }
        guard query.removeValue(forKey: "$select") == ":id,:updated_at,*", query.removeValue(forKey: "$order") == ":id",
            let limit = query.removeValue(forKey: "$limit").flatMap({ Int($0) }), limit > 0,
            let offset = query.removeValue(forKey: "$offset").flatMap({ Int($0) }), offset >= 0, query.isEmpty
        else { return Self.refusal(400, "query.compiler.malformed", "not one of the questions") }
        return page(condition, offset: offset, limit: limit)
    }

    private func count(_ condition: (name: String, value: String)?) -> ImitatedAnswer {
        let (rows, claim) = state.withLock { ($0.rows, $0.count) }
        let count = Self.matching(rows, condition).count
        return .json((claim ?? [["count": .string(String(count))]]).canonicalBytes)
    }

    private func page(_ condition: (name: String, value: String)?, offset: Int, limit: Int) -> ImitatedAnswer {
        let (rows, obeysLimit) = state.withLock { state in
            if let removal = state.removal, removal.offset == offset {
                state.rows.removeFirst(removal.count)
                state.removal = nil
            }
            return (state.rows, state.obeysLimit)
        }
        let shown = Self.matching(rows, condition).dropFirst(offset).prefix(obeysLimit ? limit : .max)
        return .json(JSONValue.array(Array(shown)).canonicalBytes)
    }

    private static func matching(_ rows: [JSONValue], _ condition: (name: String, value: String)?) -> [JSONValue] {
        guard let condition else { return rows }
        return rows.filter { $0[condition.name]?.stringValue == condition.value }
    }

    /// As the portal's errors are.
    private static func refusal(_ status: Int, _ code: String, _ message: String) -> ImitatedAnswer {
        let body: JSONValue = ["code": .string(code), "error": true, "message": .string(message)]
        var answer = ImitatedAnswer.json(body.canonicalBytes)
        answer.status = status
        return answer
    }
}
