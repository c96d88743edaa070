import IngotCore
import IngotRecords

/// The inmates of a newer portal.
///
/// Their pictures are not fetched.
struct NewerInmates {
    let run: RecordRun

    private static let shape = RecordShape(
        "an inmate",
        required: [
            "FirstName", "LastName", "MiddleName", "DateOfBirth", "Age", "Race", "Sex", "Height", "Weight",
            "ScarsMarksTattoos", "ArrestDate", "PrimaryChargeDescription", "Charges", "BookingAgency",
            "HoldingFacility", "CourtDate", "TotalBondAmount", "HomeAddress", "ImageId",
        ]
    )

    func collect() async throws {
        try await NewerList(
            run: run,
            portal: NewerPortal(run, route: "/Inmates/Catalog"),
            name: "inmates",
            path: "Inmates",
            rowsName: "Inmates",
            countName: "TotalCount",
            shape: Self.shape,
            sortedBy: "ArrestDate",
            growsAtFront: false,
            take: min(try run.parameters.integer("rows", in: 1...10_000) ?? 200, NewerPortal.rowsPerAnswer)
        ).collect(record)
    }

    /// The portal gives no number of a booking: who was arrested when, and by whom, is one.
    private func record(_ row: JSONValue) -> Record {
        let parts = ["LastName", "FirstName", "MiddleName", "ArrestDate", "BookingAgency"]
            .map { BulletinEntry.normalised(row[$0]?.stringValue ?? "") }
        return Record(
            key: "\(Record.hash(of: Array(parts.joined(separator: "\u{1F}").utf8)))@\(run.host)",
            kind: "inmate",
            content: row,
            eventTime: row["ArrestDate"]?.stringValue.flatMap { PortalTime.iso($0) }
        )
    }
}
