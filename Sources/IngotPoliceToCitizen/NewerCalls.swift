import IngotCore
import IngotRecords

/// The calls of a newer portal.
struct NewerCalls {
    let run: RecordRun

    init(_ run: RecordRun) { self.run = run }

    func collect() async throws {
        let portal = NewerPortal(run, route: "/cadcalls")
        let take = min(try run.parameters.integer("rows", in: 1...10_000) ?? 200, NewerPortal.rowsPerAnswer)
        // Also by an attempt that goes on in the middle: all parts have to be of the same list.
        let settings = try await portal.get("/api/CADCalls/ADSSettings/\(try await portal.agencyNumber())")
        let further: [String: JSONValue] = [
            "IncludeOpenCalls": .bool(settings["OpenCallsEnabled"]?.boolValue ?? true),
            "IncludeClosedCalls": .bool(settings["ClosedCallsEnabled"]?.boolValue ?? true),
        ]
        try await NewerList(
            run: run,
            portal: portal,
            name: "calls",
            path: "CADCalls",
            rowsName: "CADCalls",
            countName: "Total",
            shape: .newerCall,
            sortedBy: "StartTime",
            further: further,
            growsAtFront: true,
            take: take
        ).collect(record)
    }

    private func record(_ row: JSONValue) -> Record {
        var coordinates: Coordinates?
        if row["HasLocation"]?.boolValue == true, let latitude = row["Latitude"]?.degrees,
            let longitude = row["Longitude"]?.degrees
        {
            coordinates = Coordinates(latitude: latitude, longitude: longitude)
        }
        let id = row["IncidentId"]?.stringValue ?? row["IncidentId"]?.integerValue.map { String($0) } ?? ""
        return Record(
            // Calls without a number are not to be taken for one and the same.
            key: "\(id.isEmpty ? Record.hash(of: row.canonicalBytes) : id)@\(run.host)",
            kind: "call",
            content: row,
            eventTime: row["StartTime"]?.stringValue,
            address: row["Address"]?.stringValue,
            coordinates: coordinates
        )
    }
}

extension JSONValue {
    fileprivate var degrees: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
