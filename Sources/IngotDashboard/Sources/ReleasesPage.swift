import HTTPTypes
import IngotCore

/// What upstream has published of a source; whoever opens it asks upstream.
enum ReleasesPage {
    struct Content {
        var name: String
        var address: String
        var refreshAddress: String
        var releases: [Release]
        var askedAt: String?
        var newest: String?
        var isNewestRead: Bool
        var startAddress: String?
        var isCut: Bool
        /// Why upstream could not be asked.
        var refusal: String?
        var refusalDetail: String?
    }

    struct Release {
        var label: String
        var date: String?
        var state: String
        var isIngested: Bool
        var units: String
        var remark: String?
    }

    private static let listed = 200

    static func page(_ asking: PageRequest) async throws -> Page {
        let id = asking.parameter("source") ?? ""
        let encoded = PercentEncoding.encode(id)
        let source = try await asking.get("/api/sources/\(encoded)")
        var content = Content(
            name: source["name"]?.stringValue ?? id,
            address: "/sources/\(encoded)",
            refreshAddress: "/sources/\(encoded)/releases?refresh=true",
            releases: [],
            isNewestRead: false,
            startAddress: asking.mayOperate ? PageAddress.text("/jobs/new", ["source": id]) : nil,
            isCut: false
        )
        var status = HTTPResponse.Status.ok
        do {
            let answer = try await asking.get(
                "/api/sources/\(encoded)/releases",
                ["refresh": asking.query("refresh")]
            )
            let all = answer["releases"]?.arrayValue ?? []
            content.releases = all.prefix(listed).map(release)
            content.askedAt = answer["asked_at"]?.stringValue
            content.isCut = all.count > listed
            let newest = all.first { $0["current"]?.boolValue == true } ?? all.first
            content.newest = newest?["label"]?.stringValue
            content.isNewestRead = newest?["live"]?.boolValue == true
        } catch let refusal as APIRefusal where refusal.status != .unauthorized && refusal.status != .forbidden {
            content.refusal = refusal.title
            content.refusalDetail = refusal.detail
            status = refusal.status
        }
        var page = Page(
            title: "Releases of \(content.name)",
            part: .sources,
            template: "releases",
            content: content,
            styles: ["jobs.css", "system.css"]
        )
        page.status = status
        return page
    }

    private static func release(_ release: JSONValue) -> Release {
        let isIngested = release["ingested"]?.boolValue == true
        let isLive = release["live"]?.boolValue == true
        let units = (release["units"]?.arrayValue ?? []).compactMap(\.stringValue)
        let named = units.prefix(12).joined(separator: ", ")
        return Release(
            label: release["label"]?.stringValue ?? "",
            date: release["date"]?.stringValue,
            state: isLive ? "live" : isIngested ? "ingested" : "not ingested",
            isIngested: isIngested,
            units: units.count > 12 ? "\(named) and \(Figures.number(units.count - 12)) more" : named,
            remark: release["description"]?.stringValue
        )
    }
}
