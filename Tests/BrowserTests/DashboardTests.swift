import IngotTesting
import Testing

/// The pages in a real Chromium, in front of real gateways.
@Suite(
    "The dashboard in a browser",
    .fillsTheMachine,
    .timeLimit(.minutes(15)),
    .enabled(if: BrowserProgram.absence == nil, "\(BrowserProgram.absence ?? "")")
)
struct DashboardTests {
    @Test("Signing in, and what roles may see", arguments: try await BrowserCheck.all(of: "access"))
    func access(check: BrowserCheck) async throws { try await check.run() }

    @Test("Jobs", arguments: try await BrowserCheck.all(of: "jobs"))
    func jobs(check: BrowserCheck) async throws { try await check.run() }

    @Test("Regular jobs", arguments: try await BrowserCheck.all(of: "regular"))
    func regular(check: BrowserCheck) async throws { try await check.run() }

    @Test("Connections that break", arguments: try await BrowserCheck.all(of: "connection"))
    func connection(check: BrowserCheck) async throws { try await check.run() }

    @Test("The law", arguments: try await BrowserCheck.all(of: "law"))
    func law(check: BrowserCheck) async throws { try await check.run() }

    @Test("By keyboard alone", arguments: try await BrowserCheck.all(of: "keyboard"))
    func keyboard(check: BrowserCheck) async throws { try await check.run() }

    @Test("The gateway itself", arguments: try await BrowserCheck.all(of: "system"))
    func system(check: BrowserCheck) async throws { try await check.run() }

    @Test("Every page", arguments: try await BrowserCheck.all(of: "every_page"))
    func everyPage(check: BrowserCheck) async throws { try await check.run() }

    @Test("No group of checks is left out")
    func groups() async throws {
        let groups = Set(try await BrowserProgram.checks().map { $0.id.prefix { $0 != "." } })
        #expect(groups == ["access", "connection", "every_page", "jobs", "keyboard", "law", "regular", "system"])
    }
}
