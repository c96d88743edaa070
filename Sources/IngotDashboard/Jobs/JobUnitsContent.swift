import IngotCore

/// The units of a job: all of them as a grid that fills, and a page of them as a table.
struct JobUnitsContent {
    /// So many are in the grid.
    static let mostUnits = 5000
    private static let pageSize = 500
    private static let rowsOfTable = 100
    /// More of them have no room for their names.
    private static let mostNamed = 150

    struct Cell {
        var unit: String
        var unitState: String
        /// In words: its name, state and what was done.
        var unitWords: String
    }

    struct Row {
        var unit: String
        var unitState: String
        var unitStateWords: String
        var counts: String
        var unitTook: String
        var unitFailure: String?
    }

    var cells: [Cell]
    var areNamed: Bool
    var summary: String
    var rows: [Row]
    var rowsFrom: String
    var earlierRows: String?
    var laterRows: String?
    var unshown: String?
    var failed: [Row]

    /// - Returns: `nil` when the job has no units.
    init?(_ asking: PageRequest, path: String) async throws {
        var units: [JSONValue] = []
        var cursor: String?
        repeat {
            let page = try await asking.get(path + "/units", ["limit": String(Self.pageSize), "cursor": cursor])
            units += page["units"]?.arrayValue ?? []
            cursor = page["next"]?.stringValue
        } while cursor != nil && units.count < Self.mostUnits
        if units.isEmpty { return nil }
        cells = units.map { unit in
            let state = unit["status"]?.stringValue ?? ""
            let name = unit["unit"]?.stringValue ?? ""
            return Cell(unit: name, unitState: state, unitWords: "\(name): \(Self.words(state))")
        }
        areNamed = units.count <= Self.mostNamed
        summary = Self.summary(units)
        unshown = cursor == nil ? nil : "Only the first \(Figures.number(units.count)) are shown; the API has all."
        let from = max(0, min(asking.query("units").flatMap { Int($0) } ?? 0, units.count - 1))
        let end = min(units.count, from + Self.rowsOfTable)
        rows = units[from..<end].map { Row($0) }
        rowsFrom = "\(Figures.number(from + 1)) to \(Figures.number(end)) of \(Figures.number(units.count))"
        earlierRows = from > 0 ? "?units=\(max(0, from - Self.rowsOfTable))#units-table" : nil
        laterRows = end < units.count ? "?units=\(end)#units-table" : nil
        failed = units.filter { $0["status"]?.stringValue == "failed" }.prefix(20).map { Row($0) }
    }

    static func words(_ state: String) -> String {
        switch state {
        case "pending": "waiting"
        default: state
        }
    }

    /// For example `54 units: 50 done, 1 running, 3 waiting`.
    private static func summary(_ units: [JSONValue]) -> String {
        let states = Dictionary(grouping: units) { $0["status"]?.stringValue ?? "" }.mapValues(\.count)
        let parts = ["done", "running", "pending", "failed"].compactMap { state in
            states[state].map { "\(Figures.number($0)) \(words(state))" }
        }
        return "\(Figures.count(units.count, "unit")): \(parts.joined(separator: ", "))"
    }
}

extension JobUnitsContent.Row {
    init(_ value: JSONValue) {
        unit = value["unit"]?.stringValue ?? ""
        unitState = value["status"]?.stringValue ?? ""
        unitStateWords = JobUnitsContent.words(unitState)
        counts = JobCounts.text(value["counts"])
        let start = value["started_at"]?.stringValue.flatMap(Timestamp.init)
        let end = value["finished_at"]?.stringValue.flatMap(Timestamp.init)
        unitTook = start.flatMap { start in end.map { Figures.duration(from: start, to: $0) } } ?? ""
        unitFailure = value["error"].flatMap { error in
            error["message"]?.stringValue.map { "\(error["code"]?.stringValue ?? ""): \($0)" }
        }
    }
}

/// What was done, by name, in words.
enum JobCounts {
    /// In this order, and others after them by name.
    private static let order = [
        "sections", "nodes", "added", "changed", "moved", "removed", "unchanged", "characters", "rows_written",
    ]

    static func pairs(_ counts: JSONValue?) -> [(name: String, value: Int64)] {
        let members = (counts?.objectValue ?? [:]).compactMap { name, value in value.integerValue.map { (name, $0) } }
        return members.sorted { left, right in
            let places = [left.0, right.0].map { order.firstIndex(of: $0) ?? order.count }
            return places[0] == places[1] ? left.0 < right.0 : places[0] < places[1]
        }.map { (name: $0.0.replacing("_", with: " "), value: $0.1) }
    }

    /// Without those that are none.
    static func text(_ counts: JSONValue?) -> String {
        pairs(counts).filter { $0.value != 0 }.map { "\(Figures.number($0.value)) \($0.name)" }.joined(separator: ", ")
    }
}
