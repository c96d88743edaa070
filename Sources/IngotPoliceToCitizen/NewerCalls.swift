import IngotCore
import IngotRecords

/// The calls of a newer portal.
struct NewerCalls {
    let run: RecordRun

    init(_ run: RecordRun) { self.run = run }

    func collect() async throws {
        let portal = NewerPortal(run, route: "/cadcalls")
        let take = min(try run.parameters.integer("rows", in: 1...10_000) ?? 200, NewerPortal.rowsPerAnswer)
        var further: [String: JSONValue] = ["IncludeOpenCalls": true, "IncludeClosedCalls": true]
        if run.counts(of: "calls-skip-0") == nil {
            let settings = try await portal.get("/api/CADCalls/ADSSettings/\(try await portal.agencyNumber())")
            further["IncludeOpenCalls"] = .bool(settings["OpenCallsEnabled"]?.boolValue ?? true)
            further["IncludeClosedCalls"] = .bool(settings["ClosedCallsEnabled"]?.boolValue ?? true)
        }
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
        return Record(
            key: "\(row["IncidentId"]?.stringValue ?? "")@\(run.host)",
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
