import FoundationEssentials
import Glibc
import IngotCore
import IngotLaw
import IngotTesting

@testable import IngotUSCode

/// Holds nodes against a reading of the same document by another program, which uses lxml.
enum IndependentReading {
    private static let tool = SharedFolder.item("tools/check_usc.py")

    static let isThere = tool != nil && system("python3 -c 'import lxml' 2>/dev/null") == 0

    /// What the other program says: `1 passed, 0 failed` at the end when all is the same.
    ///
    /// - Parameter name: the document's file name, which has to name the unit: `usc05a.xml`.
    static func report(_ nodes: [LawNode], of document: [UInt8], name: String) throws -> String {
        let folder = try TemporaryFolder()
        let source = "\(folder.path)/\(name)"
        let export = "\(folder.path)/export.ndjson"
        try Data(document).write(to: URL(filePath: source))
        try Data(nodes.map { line($0).canonicalText + "\n" }.joined().utf8).write(to: URL(filePath: export))
        guard let tool, let pipe = popen("python3 '\(tool)' '\(export)' '\(source)' 2>&1", "r") else { return "" }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func line(_ node: LawNode) -> JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        return .object([
            "unit": .string(node.unit), "key": .string(node.key), "parent": text(node.parent),
            "level": .string(node.level), "sort": .integer(Int64(node.index)), "num": .string(node.num),
            "heading": .string(node.heading), "status": text(node.status), "text": .string(node.text),
            "credit": .string(node.credit),
            "notes": .array(node.notes.map { .object(["heading": .string($0.heading), "text": .string($0.text)]) }),
            "footnotes": .array(node.footnotes.map { .object(["text": .string($0.text)]) }),
        ])
    }
}
