import IngotCore
struct LawNodeEncoder {
    mutating func encode(_ node: LawNode) -> [UInt8] {
        let v: JSONValue = ["unit": .string(node.unit), "key": .string(node.key), "parent": node.parent.map(JSONValue.string) ?? .null, "level": .string(node.level), "num": .string(node.num), "heading": .string(node.heading), "status": node.status.map(JSONValue.string) ?? .null, "text": .string(node.text), "blocks": [], "credit": .string(node.credit), "notes": [], "footnotes": [], "refs": []]
        return v.canonicalBytes
    }
}
