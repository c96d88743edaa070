import IngotCore
import IngotFetch
import IngotRecords

/// Which rows of which dataset are asked for.
struct DatasetQuestion {
    let dataset: String
    /// In SoQL, as the request says it; `nil`: all rows.
    let condition: String?
    let pageRows: Int

    static let identifierPattern = "[a-z0-9]{4}-[a-z0-9]{4}"
    static let pageBounds = 1...10_000

    /// - Throws: `JobFailure` `parameters_invalid`.
    init(_ parameters: RecordParameters) throws {
        guard let dataset = try parameters.text("dataset") else {
            throw RecordParameters.invalid("dataset", "is missing")
        }
        // Looked at here as well, as it becomes part of a path and a run by hand has no gateway that looks.
        let parts = dataset.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 4 && $0.allSatisfy(Self.isIdentifying) }) else {
            throw RecordParameters.invalid("dataset", "is no identifier of a dataset, such as abcd-1234")
        }
        self.dataset = dataset
        condition = try parameters.text("where").flatMap { $0.isEmpty ? nil : $0 }
        pageRows = try parameters.integer("page_rows", in: Self.pageBounds) ?? 1000
    }

    private static func isIdentifying(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The dataset, or what the condition leaves of it.
    func scope(of host: String) -> String {
        "\(host)/\(dataset)" + (condition.map { "?where=\($0)" } ?? "")
    }

    /// The path of a page, counted from 1.
    func page(_ number: Int) -> String {
        path([
            ("$select", ":id,:updated_at,*"), ("$order", ":id"), ("$limit", String(pageRows)),
            ("$offset", String((number - 1) * pageRows)),
        ])
    }

    /// The path of the number of rows.
    var count: String { path([("$select", "count(*)")]) }

    private func path(_ fields: [(String, String)]) -> String {
        let fields = fields + (condition.map { [("$where", $0)] } ?? [])
        return "/resource/\(dataset).json?\(FormEncoding.text(of: fields))"
    }
}
