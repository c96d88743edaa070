import IngotCore
import IngotFetch
import IngotTesting
import Testing

@Suite("Signs of a file")
struct SignTests {
    @Test("A page is asked for again while a word of its sign is missing, be it only that of its end")
    func words() async throws {
        let page = "<html><p class=chap-no>1</p></html>"
        let site = try await ScriptedSite { _, number in
            switch number {
            // Its end is that of the connection, which tells nobody that it came too early.
            case 0: .whole(Array("HTTP/1.0 200 OK\r\n\r\n<html><p class=chap-no>".utf8))
            case 1: .status("200 OK", [], "<html>Closed for today</html>")
            default: .status("200 OK", [], page)
            }
        }
        let fetching = try ScriptedUpstream(site.url, robots: KeptRobotsFiles.none)
        let file = UpstreamFile(name: "a.htm", path: "a.htm", sign: .words(["</html", "chap-no"]))
        let capture = try #require(try await fetching.upstream.capture(file, limit: 1 << 20))
        #expect(try WholeFile.text(capture.path) == page)
        #expect(site.paths.count == 3)
        try await site.close()
    }
}
