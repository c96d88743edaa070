import IngotCore
import IngotLaw
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("The page that searches the law", .timeLimit(.minutes(10)))
struct SearchPageTests {
    @Test("Words are marked where they are found, and a citation comes first")
    func hits() async throws {
        let sections = [
            GivenLaw.section(1, "The keeper lights the lantern."), GivenLaw.section(2, "The clerk counts oil & wicks."),
            GivenLaw.section(12, "See 1 G.L. § 2 for wicks."),
        ]
        try await DashboardFixture.withLaw([GivenLaw(label: "1", nodes: GivenLaw.title(sections))]) { fixture, _ in
            let empty = try await fixture.page("/search")
            #expect(empty.contains("A citation leads to its section"))
            let words = try await fixture.page("/search?q=keeper+lights")
            #expect(words.contains("<mark>keeper</mark> <mark>lights</mark>"))
            // A form writes a space as a plus.
            #expect(words.contains("value=\"keeper lights\""))
            for question in ["1+G.L.+2", "1%20G.L.%20%C2%A7%202"] {
                let cited = try await fixture.page("/search?q=\(question)")
                #expect(cited.contains("The provision that you cite"))
                #expect(cited.contains("<h2 id=\"hits-title\">What mentions it</h2>"))
                let first = try #require(cited.firstMatch(of: /<p class="hit-title"><a href="([^"]*)"/)).output.1
                #expect(first == "/law/g/t1/s2")
            }
            #expect(try await fixture.page("/search?q=oil+%26").contains("<mark>oil</mark> &amp; wicks"))
            let nothing = try await fixture.page("/search?q=unicorn&status=in_force")
            #expect(nothing.contains("Nothing was found for “unicorn”."))
            #expect(nothing.contains("is left out here"))
            let refused = try await fixture.send(.GET, "/search?q=a*")
            #expect(refused.status == 422)
            #expect(refused.text.contains("before the star"))
            #expect(try await fixture.send(.GET, "/search?q=lantern&cursor=5-abc").status == 400)
        }
    }

    @Test("An earlier state is searched as it was, and hits lead into it")
    func asOf() async throws {
        let states = [
            GivenLaw(label: "1", nodes: GivenLaw.title([GivenLaw.section(1, "Whale oil burns.")])),
            GivenLaw(label: "2", nodes: GivenLaw.title([GivenLaw.section(1, "Gas burns.")])),
        ]
        try await DashboardFixture.withLaw(states) { fixture, _ in
            #expect(try await fixture.page("/search?q=whale").contains("Nothing was found"))
            let old = try await fixture.page("/search?q=whale&source=given&at=1")
            #expect(old.contains("<mark>Whale</mark> oil burns."))
            #expect(old.contains("href=\"/law/g/t1/s1?at=1\""))
            #expect(old.contains("<option value=\"1\" selected>1</option>"))
            #expect(try await fixture.page("/search?q=gas&source=given&at=1").contains("Nothing was found"))
            #expect(try await fixture.page("/search?q=gas&source=given&at=2").contains("<mark>Gas</mark>"))
            #expect(try await fixture.send(.GET, "/api/search?q=gas&at=1").status == 400)
            #expect(try await fixture.send(.GET, "/api/search?q=gas&source=given&at=9").status == 404)
        }
    }

    @Test("Hits come a page at a time, each once")
    func paging() async throws {
        let sections = (1...45).map { GivenLaw.section($0, "Lantern oil of kind \($0).") }
        try await DashboardFixture.withLaw([GivenLaw(label: "1", nodes: GivenLaw.title(sections))]) { fixture, _ in
            var addresses: [String] = []
            var next: String? = "/search?q=oil&source=given"
            while let path = next {
                let page = try await fixture.page(path)
                addresses += page.matches(of: /class="hit-title"><a href="([^"]*)"/).map { String($0.output.1) }
                next = page.firstMatch(of: /href="([^"]*)" rel="next"/).map {
                    String($0.output.1).replacing("&amp;", with: "&")
                }
            }
            #expect(addresses.count == 45)
            #expect(Set(addresses).count == 45)
        }
    }
}
