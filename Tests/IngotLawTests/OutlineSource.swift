import IngotCore
import IngotFetch
import IngotLaw

/// A law source whose documents are outlines: one node a line, two spaces of indentation a level, `key: text`.
///
/// A key may have `{num=§ 1.;heading=Short title;status=repealed;citation=1 O. § 1}` behind it.
///
/// A word `@/o/1/b#a/1` is a reference to a piece of a node, and a key that ends `s2...4` stands for `s2` to `s4`.
/// A line that starts with `!` is text that no node keeps, which the validation gate must notice; `boom` makes the
/// reader fail.
struct OutlineSource: LawSource {
    var readerVersion = 1
    /// Told of each unit that is read.
    var onReading: @Sendable (_ unit: String) -> Void = { _ in }

    var description: SourceDescription {
        SourceDescription(
            id: "outline",
            name: "Outlines",
            jurisdiction: "test",
            region: "test",
            documentType: "statute",
            parameters: ["type": "object", "properties": [:]],
            defaultOrigin: nil,
            isExclusive: true
        )
    }

    /// Plans the newest state in the folder.
    func plan(parameters: JSONValue, label: String?, upstream: Upstream) async throws -> LawPlan {
        let files = try upstream.fileNames().filter { $0.hasSuffix(".txt") }
        let labels = files.map { String($0.prefix { $0 != "-" }) }
        let label = label ?? labels.max { self.label($0, isOlderThan: $1) } ?? "0"
        let names = files.filter { $0.hasPrefix("\(label)-") }
        let units = names.map { name in
            LawUnit(
                id: String(name.drop { $0 != "-" }.dropFirst().prefix { $0 != "." }),
                files: [UpstreamFile(name: name, path: name)]
            )
        }
        return LawPlan(label: label, units: units)
    }

    func releases(upstream: Upstream) async throws -> [SourceRelease] { [] }

    func reader(for unit: LawUnit, captures: [Capture]) throws -> any LawNodeReader {
        onReading(unit.id)
        return OutlineReader(unit: unit.id, text: try readWholeFile(captures[0].path))
    }

    func label(_ left: String, isOlderThan right: String) -> Bool { (Int(left) ?? 0) < (Int(right) ?? 0) }
}

private struct OutlineReader: LawNodeReader {
    private var nodes: [LawNode] = []
    private var failure: JobFailure?
    private(set) var findings = LawReadingFindings()
    private var position = 0

    init(unit: String, text: String) {
        var open: [(depth: Int, key: String)] = []
        for (number, line) in text.split(separator: "\n").enumerated() {
            let depth = line.prefix { $0 == " " }.count / 2
            let words = line.drop { $0 == " " }
            if words == "boom" {
                failure = JobFailure(
                    code: "outline_malformed",
                    message: "boom",
                    place: SourcePlace(line: number + 1, column: 1)
                )
                return
            }
            if words.hasPrefix("!") {
                findings.sourceCharacters += words.count
                continue
            }
            let parts = words.split(separator: ":", maxSplits: 1)
            while let last = open.last, last.depth >= depth { open.removeLast() }
            let name = parts[0].prefix { $0 != "{" }
            var node = LawNode(
                unit: unit,
                key: String(name),
                parent: open.last?.key,
                level: depth == 0 ? "title" : "section",
                index: nodes.count
            )
            node.text = parts.count > 1 ? parts[1].trimmingPrefix(" ").description : ""
            node.heading = "Heading of \(node.key)"
            for member in parts[0].dropFirst(name.count + 1).dropLast().split(separator: ";") {
                let pair = member.split(separator: "=", maxSplits: 1).map(String.init)
                switch pair[0] {
                case "num": node.num = pair[1]
                case "heading": node.heading = pair[1]
                case "status": node.status = pair[1]
                case "citation": node.citation = pair[1]
                default: break
                }
            }
            node.refs = node.text.split(separator: " ").filter { $0.hasPrefix("@") }.map { word in
                let parts = word.dropFirst().split(separator: "#")
                return LawReference(
                    href: String(word.dropFirst()),
                    text: String(word),
                    kind: .node,
                    target: String(parts[0]),
                    piece: parts.count > 1 ? String(parts[1]) : nil
                )
            }
            let ends = node.key.split(separator: "...")
            if ends.count == 2, let place = ends[0].lastIndex(of: "s") {
                node.covers = [LawKeyRange(first: String(ends[0]), last: "\(ends[0][...place])\(ends[1])")]
            }
            open.append((depth, node.key))
            findings.sourceCharacters += node.text.count
            findings.keptCharacters += node.text.count
            nodes.append(node)
        }
    }

    mutating func next() throws -> LawNode? {
        guard position < nodes.count else {
            if let failure { throw failure }
            return nil
        }
        defer { position += 1 }
        return nodes[position]
    }

    var fractionRead: Double { nodes.isEmpty ? 1 : Double(position) / Double(nodes.count) }
}
