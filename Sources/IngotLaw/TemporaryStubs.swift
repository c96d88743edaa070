import IngotCore
struct LawNodeEncoder { mutating func encode(_ node: LawNode) -> [UInt8] { [] } }
enum JSONRows { static func chunks(_ rows: some Sequence<[SQLValue]>, maximumBytes: Int = 1_800_000) throws -> [String] { [] } }
struct GzipMember { mutating func compress(_ b: [UInt8], level: Int = 1) throws -> [UInt8] { b }
 static func decompress(_ b: some Collection<UInt8>, limit: Int) throws -> [UInt8] { Array(b) } }
