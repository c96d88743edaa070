import IngotCore
import IngotMarkup

/// What a classic portal's page of one inmate says.
///
/// The picture on it is not fetched.
struct InmateDetail {
    var name: String
    var content: JSONValue
    /// Whether there are charges in other columns than the known ones, which are left out.
    var hasOtherCharges: Bool

    /// - Returns: `nil` for a page without a name.
    init?(_ page: ClassicForm) {
        guard let name = page.text(ofControl: "lblName"), !name.isEmpty else { return nil }
        self.name = name
        let text = { (control: String) in JSONValue.string(page.text(ofControl: control) ?? "") }
        let total = page.text(ofControl: "lblTotalBoundAmount") ?? ""
        let rows = Self.rows(page.element("dgMainResults"))
        // A remark instead of charges has one cell.
        hasOtherCharges = rows.contains { $0.count > 1 && $0.count != Self.chargeColumns }
        content = [
            "name": .string(name), "age": text("lblAge"), "race": text("lblRace"), "sex": text("lblSex"),
            "arrest_date": text("lblArrestDate"), "release_date": text("lblReleaseDate"),
            "next_court_date": text("lblNextCourtDate"), "total_bond": Self.bond(total),
            "charges": .array(rows.compactMap(Self.charge)),
        ]
    }

    private static let chargeColumns = 4

    /// The cells of the rows below the headings.
    private static func rows(_ table: HTMLElement?) -> [[String]] {
        (table?.elements { $0.name == "tr" } ?? []).dropFirst().map { row in
            row.elements { $0.name == "td" }.map(\.text)
        }
    }

    private static func charge(_ cells: [String]) -> JSONValue? {
        guard cells.count == chargeColumns else { return nil }
        return [
            "charge": .string(cells[0]), "status": .string(cells[1]), "docket": .string(cells[2]),
            "bond": bond(cells[3]),
        ]
    }

    /// In dollars; as it is written when it is no amount.
    private static func bond(_ text: String) -> JSONValue { .string(BondAmount.dollars(text) ?? text) }

    /// Whether it is of the inmate that a roster calls `TESTCASE, ALDER A (W /M/20)`.
    func isOf(_ rosterName: String) -> Bool {
        let plain = { (text: String) in
            String(text.prefix { $0 != "(" }).uppercased().split { $0.isWhitespace || $0 == "," }.joined(separator: " ")
        }
        return plain(name) == plain(rosterName)
    }
}
