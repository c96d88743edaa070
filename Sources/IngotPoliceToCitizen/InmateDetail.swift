import IngotCore
import IngotMarkup

/// What a classic portal's page of one inmate says.
///
/// The picture on it is not fetched.
struct InmateDetail {
    var name: String
    var content: JSONValue

    /// - Returns: `nil` for a page without a name.
    init?(_ page: ClassicForm) {
        guard let name = page.text(ofControl: "lblName"), !name.isEmpty else { return nil }
        self.name = name
        let text = { (control: String) in JSONValue.string(page.text(ofControl: control) ?? "") }
        let total = page.text(ofControl: "lblTotalBoundAmount") ?? ""
        content = [
            "name": .string(name), "age": text("lblAge"), "race": text("lblRace"), "sex": text("lblSex"),
            "arrest_date": text("lblArrestDate"), "release_date": text("lblReleaseDate"),
            "next_court_date": text("lblNextCourtDate"), "total_bond": Self.bond(total),
            "charges": .array(Self.charges(page.element("dgMainResults"))),
        ]
    }

    /// The rows below the headings.
    private static func charges(_ table: HTMLElement?) -> [JSONValue] {
        let rows = table?.elements { $0.name == "tr" } ?? []
        return rows.dropFirst().compactMap { row in
            let cells = row.elements { $0.name == "td" }.map(\.text)
            guard cells.count == 4 else { return nil }
            return [
                "charge": .string(cells[0]), "status": .string(cells[1]), "docket": .string(cells[2]),
                "bond": bond(cells[3]),
            ]
        }
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
