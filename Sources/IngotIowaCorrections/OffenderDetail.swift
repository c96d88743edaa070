import IngotCore
import IngotMarkup

/// What the page of one offender says: pairs of a label and a value, and a table of charges.
struct OffenderDetail {
    let content: JSONValue
    /// Whether there are charges in other columns than the known ones, which are left out.
    let hasOtherCharges: Bool

    private static let chargeColumns = ["supervision_status", "offense_class", "county_of_commitment", "end_date"]

    /// - Returns: `nil` for a page without labels.
    /// - Throws: `JobFailure` `html_too_large`, `html_too_deep`.
    init?(page: [UInt8]) throws {
        let root = try HTMLDocument(page).root
        var values: [String: JSONValue] = [:]
        var label: String?
        root.forEach { element in
            guard element.name == "div" else { return }
            if element.classes.contains("label") {
                label = Self.name(element.text)
            } else if element.classes.contains("d-inline-flex"), let name = label {
                values[name] = .string(element.text)
                label = nil
            }
        }
        guard !values.isEmpty else { return nil }
        let table = root.elements { $0.name == "table" && $0.attributes["id"] == "charges" }.first
        let rows = (table?.elements { $0.name == "tr" } ?? []).map { $0.elements { $0.name == "td" } }
        values["charges"] = .array(rows.compactMap(Self.charge))
        // The headings have no such cells, and a remark instead of charges has one.
        hasOtherCharges = rows.contains { $0.count > 1 && $0.count <= Self.chargeColumns.count }
        content = .object(values)
    }

    /// `TDD/SDD *:` as `tdd_sdd`; what stands in parentheses is an explanation.
    private static func name(_ label: String) -> String {
        let words = label.prefix { $0 != "(" }.lowercased().split { !$0.isLetter && !$0.isNumber }
        return words.joined(separator: "_")
    }

    /// - Returns: `nil` for a row with too few cells, as that of the headings.
    private static func charge(_ cells: [HTMLElement]) -> JSONValue? {
        guard cells.count >= chargeColumns.count + 1 else { return nil }
        var charge: [String: JSONValue] = [:]
        for (index, name) in chargeColumns.enumerated() {
            let cell = cells[index + 1]
            // Of a date the form by which the table sorts, which is the same in every language.
            charge[name] = .string(cell.attributes["data-sort"] ?? cell.text)
        }
        return .object(charge)
    }
}
