import IngotCore

/// One source: what there is of it, how it came to be, and what a job of it can be asked for.
enum SourcePage {
    struct Content {
        var summary: SourceSummary
        var origin: String?
        var isExclusive: Bool
        var charts: [String]
        var hasCharts: Bool
        var kinds: [Kind]
        var kindsLabel: String?
        var revisions: [Revision]
        var older: String?
        var isFirst: Bool
        var revertHint: String?
        var parameters: [Parameter]
        var schema: String
    }

    struct Kind {
        var level: String
        var kindStatus: String
        var nodes: String
        var bar: String
    }

    struct Revision {
        var number: String
        var label: String
        var status: String
        var isLive: Bool
        var date: String
        var added: String
        var changed: String
        var moved: String
        var removed: String
        var jobAddress: String
        var compareAddress: String?
        var compareLabel: String?
        var remark: String?
    }

    struct Parameter {
        var parameterName: String
        var type: String
        var isRequired: Bool
        var standard: String?
        var meaning: String
    }

    private static let pageSize = 25
    private static let drawnSizes = 100

    static func page(_ asking: PageRequest) async throws -> Page {
        let id = asking.parameter("source") ?? ""
        let route = "/api/sources/\(PercentEncoding.encode(id))"
        let source = try await asking.get(route)
        let summary = try await SourceSummary(source, asking, now: .now())
        let cursor = asking.query("cursor")
        let revisions = try await asking.get(
            route + "/revisions",
            ["limit": "\(pageSize)", "cursor": cursor]
        )
        let listed = revisions["revisions"]?.arrayValue ?? []
        let next = revisions["next"]?.stringValue
        // The one before the page's last, for the comparison with it.
        var before: JSONValue?
        if let next { before = try await asking.get(route + "/revisions", ["limit": "25", "cursor": next]) }
        let sizes = try await asking.get(route + "/sizes", ["limit": "\(drawnSizes)"])["sizes"]?.arrayValue ?? []
        let counts = summary.live == nil ? nil : try await asking.find(route + "/contents")
        let promoted = listed.filter { $0["status"]?.stringValue == "promoted" }.count
        let charts = charts(sizes.reversed(), listed.reversed())
        let content = Content(
            summary: summary,
            origin: source["default_origin"]?.stringValue,
            isExclusive: source["exclusive"]?.boolValue == true,
            charts: charts,
            hasCharts: !charts.isEmpty,
            kinds: kinds(counts?["counts"]?.arrayValue ?? []),
            kindsLabel: counts?["label"]?.stringValue,
            revisions: rows(listed, before?["revisions"]?.arrayValue ?? [], source: id),
            older: next.map { PageAddress.text("/sources/\(PercentEncoding.encode(id))", ["cursor": $0]) },
            isFirst: cursor == nil,
            revertHint: asking.mayOperate && cursor == nil && promoted > 1 ? "ingot revert \(id) --reason WHY" : nil,
            parameters: parameters(source["parameters"] ?? .null),
            schema: source["parameters"]?.canonicalText ?? ""
        )
        return Page(
            title: summary.name,
            part: .sources,
            template: "source",
            content: content,
            scripts: ["live.js"],
            styles: ["jobs.css", "charts.css", "system.css"]
        )
    }

    // MARK: - Parts

    private static func charts(_ sizes: some Collection<JSONValue>, _ revisions: [JSONValue]) -> [String] {
        guard sizes.count > 1 else { return [] }
        let labels = sizes.map { $0["label"]?.stringValue ?? "" }
        func line(_ name: String, _ member: String) -> LineChart.Series {
            LineChart.Series(
                name: name,
                points: sizes.enumerated().map { index, size in
                    LineChart.Point(position: Double(index), value: Double(size[member]?.integerValue ?? 0))
                }
            )
        }
        let size = LineChart(
            title: "Size at each revision",
            axis: .names(labels),
            series: [line("nodes", "nodes"), line("sections", "sections")]
        )
        let text = LineChart(
            title: "Characters at each revision",
            axis: .names(labels),
            series: [line("characters", "characters")]
        )
        let known = revisions.filter { $0["status"]?.stringValue == "promoted" }
        func values(_ member: String, _ sign: Double = 1) -> [Double] {
            known.map { sign * Double($0["counts"]?[member]?.integerValue ?? 0) }
        }
        let changes = BarChart(
            title: "Nodes that each revision changed",
            namesTitle: "Label",
            names: known.map { $0["label"]?.stringValue ?? "" },
            series: [
                .init(name: "added", values: values("added"), color: .good),
                .init(name: "changed", values: values("changed"), color: .warn),
                .init(name: "removed", values: values("removed", -1), color: .bad),
            ],
            empty: "None of these revisions changed a node."
        )
        return [size.html, text.html, changes.html]
    }

    private static func kinds(_ counts: [JSONValue]) -> [Kind] {
        let largest = counts.compactMap { $0["nodes"]?.integerValue }.max() ?? 1
        return counts.map { count in
            let nodes = count["nodes"]?.integerValue ?? 0
            return Kind(
                level: count["level"]?.stringValue ?? "",
                kindStatus: count["status"]?.stringValue ?? "in force",
                nodes: Figures.number(nodes),
                bar: ProportionBar(
                    parts: [.init(name: "", value: Double(nodes), color: .first)],
                    whole: Double(largest)
                ).html
            )
        }
    }

    private static func rows(_ listed: [JSONValue], _ before: [JSONValue], source: String) -> [Revision] {
        let all = listed + before
        return listed.enumerated().map { index, revision in
            let label = revision["label"]?.stringValue ?? ""
            let status = revision["status"]?.stringValue ?? ""
            // Of the states that were read before it the nearest with another label.
            let earlier = all[(index + 1)...].first { other in
                other["status"]?.stringValue == "promoted" && other["label"]?.stringValue != label
            }?["label"]?.stringValue
            func count(_ name: String) -> String {
                revision["counts"]?[name]?.integerValue.map { Figures.number($0) } ?? "–"
            }
            return Revision(
                number: "\(revision["number"]?.integerValue ?? 0)",
                label: label,
                status: status,
                isLive: revision["live"]?.boolValue == true,
                date: revision["promoted_at"]?.stringValue ?? revision["created_at"]?.stringValue ?? "",
                added: count("added"),
                changed: count("changed"),
                moved: count("moved"),
                removed: count("removed"),
                jobAddress: "/jobs/\(revision["job"]?.stringValue ?? "")",
                compareAddress: status == "promoted"
                    ? earlier.map { PageAddress.text("/compare", ["source": source, "from": $0, "to": label]) } : nil,
                compareLabel: earlier,
                remark: remark(revision, status)
            )
        }
    }

    private static func remark(_ revision: JSONValue, _ status: String) -> String? {
        switch status {
        case "open": return "Its job is at work; nobody sees it yet."
        case "abandoned": return "Its job did not succeed; nothing of it is seen."
        case "reverted":
            let reason = revision["reverted_reason"]?.stringValue.map { ": \($0)" } ?? "."
            return "Readers were sent back to revision \(revision["reverted_to"]?.integerValue ?? 0)\(reason)"
        default: return nil
        }
    }

    private static func parameters(_ schema: JSONValue) -> [Parameter] {
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        let members = (schema["properties"]?.objectValue ?? [:]).sorted { left, right in
            let isFirst = required.contains(left.key)
            return isFirst == required.contains(right.key) ? left.key < right.key : isFirst
        }
        return members.map { name, member in
            Parameter(
                parameterName: name,
                type: SchemaWords.type(member),
                isRequired: required.contains(name),
                standard: member["default"].map(\.canonicalText),
                meaning: member["description"]?.stringValue ?? member["title"]?.stringValue ?? ""
            )
        }
    }
}
