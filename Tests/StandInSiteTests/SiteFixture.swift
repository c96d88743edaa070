import IngotTesting
import StandInSite

/// A site with one page and one zip.
struct SiteFixture {
    static let page = Array("\u{FEFF}<!DOCTYPE html>\r\n<html><body><p>Sec. 1-1. \(words)</p></body></html>\r\n".utf8)
    static let zip = Array("PK\u{3}\u{4}\(words)".utf8)
    private static let words = String(repeating: "A lantern shall be lit. ", count: 400)

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("current/pub/chap_001.htm", Self.page)
        try folder.write("download/xml_usc01@900-1.zip", Self.zip)
        try folder.write("empty.txt", [])
    }

    func serving(
        as imitated: StandInSite.Imitated = .connecticut,
        _ behaviour: SiteBehaviour = SiteBehaviour(),
        faults: SiteFaults = .none,
        _ body: (StandInSite) async throws -> Void
    ) async throws {
        try await StandInSite.serving(folder.path, as: imitated, behaviour: behaviour, faults: faults, body)
    }
}

extension StandInSite {
    /// For clients that want to know no more than that.
    var portText: String { String(address.split(separator: ":").last ?? "") }
}
