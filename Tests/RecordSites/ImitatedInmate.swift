public import IngotCore

/// A made-up inmate of a classic portal.
public struct ImitatedInmate: Sendable {
    /// A charge with the bond as the portal writes it.
    public struct Charge: Sendable {
        public var name: String
        public var bond: String

        public init(_ name: String, bond: String) {
            self.name = name
            self.bond = bond
        }
    }

    /// The row of the roster, without `my_num` and `invid`.
    public var row: [String: JSONValue]
    public var charges: [Charge]
    public var totalBond: String

    public init(row: [String: JSONValue], charges: [Charge], totalBond: String) {
        self.row = row
        self.charges = charges
        self.totalBond = totalBond
    }

    public var bookID: String { row["book_id"]?.stringValue ?? "" }
    public var fullName: String {
        String((row["disp_name"]?.stringValue ?? "").prefix { $0 != "(" }).split(separator: " ").joined(separator: " ")
    }

    /// The row where it stands in the roster.
    public func row(at position: Int) -> JSONValue {
        .object(row.merging(["my_num": .string("\(position)"), "invid": .string("\(position + 1)")]) { $1 })
    }

    var detailPage: String {
        let prefix = "mainContent_CenterColumnContent_"
        let spans = [
            ("lblName", fullName), ("lblAge", "\(row["age"]?.stringValue ?? "") YEARS OLD"), ("lblRace", "WHITE"),
            ("lblSex", "MALE"), ("lblArrestDate", "1/2/2026"), ("lblReleaseDate", ""),
            ("lblNextCourtDate", "1/26/2026"),
            ("lblTotalBoundAmount", totalBond),
        ].map { "<span id=\"\(prefix)\($0)\">\($1)</span>" }
        let rows = charges.enumerated().map { number, charge in
            "<tr><td>\(charge.name)</td><td>PRETRIAL</td><td>SMCR\(number)</td><td align=\"right\">\(charge.bond)</td></tr>"
        }
        return """
            <html><body><form><input type="hidden" name="__VIEWSTATE" value="detail" />\(spans.joined())
            <img id="\(prefix)imgPhoto" src="Mug.aspx" /><table id="\(prefix)dgMainResults"><tr><td>Charge</td>
            <td>Status</td><td>Docket #</td><td>Bond Amount</td></tr>\(rows.joined())</table></form></body></html>
            """
    }
}
