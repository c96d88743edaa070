import IngotLaw
import IngotTesting

@testable import IngotConnecticut

/// A page of the statutes as the site published it, or made in its style.
enum RealPage {
    static let isThere = SharedFolder.item("data/cga") != nil

    static func bytes(_ name: String, in folder: String = "cga") throws -> [UInt8] {
        try SharedFolder.bytes("data/\(folder)/\(name)")
    }

    /// The nodes of a page in document order.
    static func nodes(
        _ name: String,
        unit: String,
        in folder: String = "cga"
    ) throws -> (nodes: [LawNode], findings: LawReadingFindings) {
        try nodes(of: [bytes(name, in: folder)], unit: unit)
    }

    static func nodes(of pages: [[UInt8]], unit: String) throws -> (nodes: [LawNode], findings: LawReadingFindings) {
        var reader = try StatuteReader(unit: unit, pages: pages)
        var nodes: [LawNode] = []
        while let node = try reader.next() { nodes.append(node) }
        return (nodes.sorted { $0.index < $1.index }, reader.findings)
    }
}
