import FoundationEssentials
import IngotCore
import Testing

@testable import IngotGateway

@Suite("The tables that the gateway for Cloudflare makes")
struct WorkerTablesTests {
    @Test("They are those of this gateway, as runners write into both")
    func tables() throws {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = repository.appending(path: "container/worker/tables.mjs")
        let text = Self.normalized(String(decoding: try Data(contentsOf: file), as: UTF8.self))
        let keys = AccessSchema.statements.filter { $0.sql.contains("TABLE IF NOT EXISTS api_keys") }
        #expect(keys.count == 1)
        for statement in JobSchema.statements + keys {
            #expect(text.contains("`\(Self.normalized(statement.sql))`"), "\(statement.sql)")
        }
    }

    private static func normalized(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
