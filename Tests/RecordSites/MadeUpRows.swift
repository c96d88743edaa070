public import IngotCore

/// Rows of made-up portals and registers, the same ones for the same seed.
///
/// Every person in them is a "Testcase".
public struct MadeUpRows: Sendable {
    public let seed: UInt64

    public init(seed: UInt64 = 1) { self.seed = seed }

    static let firstNames = [
        "ALDER", "BIRCH", "CEDAR", "DOGWOOD", "ELM", "FIR", "GINKGO", "HAZEL", "IRONWOOD", "JUNIPER", "LARCH", "MAPLE",
    ]
    static let natures = ["TRAFFIC STOP", "PARKING COMPLAINT", "ALARM", "WELFARE CHECK", "MEDICAL CALL", "DISTURBANCE"]
    static let charges = ["THEFT 5TH DEGREE", "TRESPASS", "WARRANT SERVICE", "SPEEDING", "VANDALISM"]

    /// Rows of a classic portal's grid of calls.
    public func classicCalls(_ count: Int, areClosed: Bool, from first: Int = 1) -> [JSONValue] {
        var random = SeededRandom(seed: seed)
        return (first..<first + count).map { number in
            let day = number % 28 + 1
            let hour = number % 12 + 1
            let block = Int.random(in: 1...99, using: &random) * 100
            let x = 1_700_000 + Double(Int.random(in: 0...4_000_000, using: &random)) / 100
            let y = 1_100_000 + Double(Int.random(in: 0...2_000_000, using: &random)) / 100
            let address = number % 7 == 0 ? "OAK AVE/SAMPLE RD" : "\(block)-BLK SAMPLE ST"
            return [
                "invid": .string("\(number)"),
                "starttime": .string("1/\(day)/2026 \(hour):05:00 \(number % 2 == 0 ? "AM" : "PM")"),
                "closetime": areClosed
                    ? .string("1/\(day)/2026 \(hour):35:00 \(number % 2 == 0 ? "AM" : "PM")") : .null,
                "id": .string("260\(padded(number, 5))"),
                "agency": number % 3 == 0 ? "DCSO" : "DPD",
                "service": ["Police", "Fire", "EMS"][number % 3],
                "nature": .string(Self.natures[Int.random(in: 0..<Self.natures.count, using: &random)]),
                "address": .string(address),
                "geox": .string(number % 11 == 0 ? "0" : "\(x)"),
                "geoy": .string(number % 11 == 0 ? "0" : "\(y)"),
                "marker_details_xml": .string(
                    "<details><detail name=\"Address\" value=\"\(address)\"></detail></details>"
                ),
                "rec_key": .string("RK\(padded(number, 6))"),
                "icon_url": "images/police.png",
                "icon": "police",
            ]
        }
    }

    /// Rows of a newer portal's calls.
    public func newerCalls(_ count: Int) -> [JSONValue] {
        (0..<count).map { number in
            let hasLocation = number % 5 != 0
            let isOpen = number % 9 == 0
            let day = padded(number % 28 + 1, 2)
            let hour = padded(number % 24, 2)
            return [
                "IncidentId": .string("N26\(padded(number, 6))"),
                "CallType": isOpen ? "OPEN" : "CLOSED",
                "Agency": "SPD",
                "Nature": .string(Self.natures[number % Self.natures.count]),
                "Address": .string("\(number % 90 + 1)00 BLOCK SAMPLE ST"),
                "StartTime": .string("2026-01-\(day)T\(hour):05:00-06:00"),
                "EndTime": isOpen ? .null : .string("2026-01-\(day)T\(hour):35:00-06:00"),
                "HasLocation": .bool(hasLocation),
                "Latitude": hasLocation ? .number(42.5 + Double(number) / 1000) : .null,
                "Longitude": hasLocation ? .number(-90.6 - Double(number) / 1000) : .null,
            ]
        }
    }

    func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension MadeUpRows {
    /// Entries of a daily bulletin: all types, all forms of times, and the cases that make an id no key.
    public func bulletin(_ count: Int, day: String) -> [JSONValue] {
        let types = ["AR", "TC", "LW", "TA", "OR"]
        let times = [
            "on 14:30, \(day).", "between 01/09/2026 8:00 PM and \(day) 6:30 AM.", "Reported: \(day) 7:15 AM.",
            "On \(day) at 11:00", "on \(day) 2:57 PM.", "",
        ]
        var rows: [JSONValue] = (0..<count).map { number in
            let name = Self.firstNames[number % Self.firstNames.count]
            return [
                "invid": .string("\(number + 1)"), "key": .string(types[number % types.count]),
                "id": .string(number % 6 == 2 ? "" : number % 6 == 4 ? "&nbsp;" : "9\(padded(number, 4))"),
                "name": .string("TESTCASE, \(name) (W /M/\(20 + number))"), "race": "W", "sex": "M",
                "lastname": "TESTCASE", "firstname": .string(name), "middlename": "", "crime": "(M)",
                "charge": .string(Self.charges[number % Self.charges.count]),
                "location": .string(" at \(number + 1)00-BLK SAMPLE ST"),
                "time": .string(times[number % times.count]), "property": "", "officer": "SAMPLE, O",
                "case": .string("2026-\(padded(number, 6))"), "description": "made up",
            ]
        }
        // The same arrest for another charge.
        if let first = rows.first, case .object(var members) = first {
            members["charge"] = "A SECOND CHARGE"
            members["invid"] = .string("\(count + 1)")
            rows.append(.object(members))
        }
        return rows
    }

    /// Inmates of a classic portal's roster.
    public func inmates(_ count: Int, from first: Int = 1) -> [ImitatedInmate] {
        (first..<first + count).map { number in
            let name = Self.firstNames[number % Self.firstNames.count]
            let isWithoutBond = number % 3 == 0
            return ImitatedInmate(
                row: [
                    "book_id": .string("7\(padded(number, 5))"),
                    "disp_name": .string("TESTCASE\(number), \(name) A (W /M/30)"), "firstname": .string(name),
                    "lastname": .string("TESTCASE\(number)"), "middlename": "A", "age": "30",
                    "dob": "1/1/1996 12:00:00 AM", "sex": "Male", "race": "White", "disp_arrest_date": "01/02/2026",
                    "date_arr": "1/2/2026 12:00:00 AM", "agency": "DPD", "disp_agency": "Sample Police Department",
                    "chrgdesc": "TRESPASS", "disp_charge": "TRESPASS", "link_text": "view",
                ],
                charges: isWithoutBond
                    ? [.init("PROBATION VIOLATION", bond: "NO BOND")]
                    : [.init("THEFT 5TH DEGREE", bond: "$1,300.00"), .init("TRESPASS", bond: "$200.00")],
                totalBond: isWithoutBond ? "NO BOND" : "$1,500.00"
            )
        }
    }

    /// Inmates of a newer portal.
    public func newerInmates(_ count: Int) -> [JSONValue] {
        (1...count).map { number in
            [
                "FirstName": .string(Self.firstNames[number % Self.firstNames.count]),
                "LastName": .string("TESTCASE\(number)"), "MiddleName": "A", "DateOfBirth": .null, "Age": "20",
                "Race": "WHITE", "Sex": "MALE", "Height": "5' 08\"", "Weight": "160", "ScarsMarksTattoos": .null,
                "ArrestDate": .string("1/\(number % 28 + 1)/2026 12:00:00 AM"),
                "PrimaryChargeDescription": "SAMPLE CHARGE",
                "Charges": [["ChargeDescription": "SAMPLE CHARGE"]], "BookingAgency": "SAMPLE COUNTY SHERIFF",
                "HoldingFacility": "MAIN JAIL", "CourtDate": "1/26/2026 9:30:00 AM", "TotalBondAmount": .number(0.5),
                "HomeAddress": .null, "ImageId": .string("1\(padded(number, 5)).01"),
            ]
        }
    }

    /// Rows of the corrections search.
    public func offenders(_ count: Int) -> [JSONValue] {
        (1...count).map { number in
            [
                "Name": .string("Testcase, \(Self.firstNames[number % Self.firstNames.count])"),
                "OffenderNumber": .string("1\(padded(number, 6))"), "Age": .string("\(20 + number % 50)"),
                "Gender": number % 4 == 0 ? "Female" : "Male",
            ]
        }
    }

    /// Rows of a dataset of permits.
    ///
    /// As portals send them, all values are texts, and a row lacks what it has no value of.
    public func permits(_ count: Int) -> [JSONValue] {
        (1...count).map { number in
            var row: [String: JSONValue] = [
                ":id": .string("row-\(padded(number, 4)).a2b3~c4d5"), ":updated_at": "2026-01-10T06:30:00.000Z",
                "permit_number": .string("P26-\(padded(number, 5))"),
                "permit_class": .string(["Residential", "Commercial"][number % 2]),
                "applicant": .string("TESTCASE, \(Self.firstNames[number % Self.firstNames.count])"),
                "issued": .string("2026-01-\(padded(number % 28 + 1, 2))T00:00:00.000"),
            ]
            if number % 5 == 0 { row["issued"] = nil }
            return .object(row)
        }
    }

    /// Registrants as the registry's details have them; lists have them without the three lists at their end.
    public func registrants(_ count: Int) -> [JSONValue] {
        (1...count).map { number in
            [
                "registrant": .string("5\(padded(number, 4))"), "oci": .string("6\(padded(number, 4))"),
                "last_name": "TESTCASE", "first_name": .string(Self.firstNames[number % Self.firstNames.count]),
                "middle_name": "", "gender": "Male", "tier": "Tier 1", "race": "White", "hair_color": "Brown",
                "eye_color": "Blue", "height_inches": "70", "weight_pounds": "170",
                "line_1": .string("\(number) SAMPLE ST"), "line_2": "", "city": "SAMPLETOWN", "state": "IA",
                "postal_code": "00000", "county": "Sample", "lat": "42.5", "lon": "-90.6", "birthdate": "01/01/1980",
                "victim_minors": "0", "victim_adults": "1", "victim_unknown": "0", "registrant_cluster": "",
                "photo": "https://registry.example/photo/1", "distance": "not available",
                "last_changed": "01/09/2026",
                "convictions": [
                    ["conviction": "SAMPLE", "registrant_age": "20", "victims": [["gender": "F", "age": "30"]]]
                ],
                "aliases": [["last_name": "TESTCASE"]], "skin_markings": [],
            ]
        }
    }
}
