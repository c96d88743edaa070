public import IngotCore

/// Rows of made-up portals and registers, the same ones for the same seed. Every person in them is a "Testcase".
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
