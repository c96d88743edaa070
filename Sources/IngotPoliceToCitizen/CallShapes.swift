import IngotRecords

extension RecordShape {
    /// A row of the classic portal's grids of calls, closed and current.
    static let classicCall = RecordShape(
        "a call",
        required: [
            "invid", "starttime", "id", "agency", "service", "nature", "address", "geox", "geoy", "marker_details_xml",
            "rec_key", "icon_url", "icon",
        ],
        // Current calls have none, or null.
        optional: ["closetime"]
    )

    /// A row of the newer portal's calls.
    static let newerCall = RecordShape(
        "a call",
        required: [
            "IncidentId", "CallType", "Agency", "Nature", "Address", "StartTime", "EndTime", "HasLocation", "Latitude",
            "Longitude",
        ]
    )
}
