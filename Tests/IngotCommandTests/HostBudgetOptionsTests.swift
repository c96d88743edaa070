import ArgumentParser
import IngotCore
import Testing

@testable import ingot

@Suite("What hosts are asked at most, as the command line says it")
struct HostBudgetOptionsTests {
    @Test("Nothing given is the standard")
    func standard() throws {
        #expect(try HostBudgetOptions.parse([]).table == HostLimitTable())
        #expect(try HostBudgetOptions.parse([]).table.limits(of: "h") == HostLimits(rate: 5, requests: 4))
    }

    @Test("A number is for all hosts, and one with a name for that host")
    func numbers() throws {
        let table = try HostBudgetOptions.parse([
            "--host-rate", "2.5", "--host-rate", "WWW.CGA.ct.gov=0.1", "--host-requests", "8", "--host-requests",
            "[::1]=2", "--host-requests", "2001:DB8::1=3",
        ]).table
        #expect(table.limits(of: "h.example") == HostLimits(rate: 2.5, requests: 8))
        #expect(table.limits(of: "www.cga.ct.gov") == HostLimits(rate: 0.1, requests: 8))
        #expect(table.limits(of: "::1") == HostLimits(rate: 2.5, requests: 2))
        #expect(table.limits(of: "2001:db8::1") == HostLimits(rate: 2.5, requests: 3))
    }

    @Test(
        "What is no limit is refused",
        arguments: [
            ("--host-rate", "0"), ("--host-rate", "-1"), ("--host-rate", "fast"), ("--host-rate", "h=nan"),
            ("--host-rate", "h=inf"), ("--host-rate", "=2"), ("--host-rate", "1001"), ("--host-rate", "http://h=2"),
            ("--host-rate", "h:80=2"), ("--host-rate", "*=2"), ("--host-rate", "h.=2"), ("--host-rate", "[h]=2"),
            ("--host-requests", "0"), ("--host-requests", "1.5"), ("--host-requests", "h="),
            ("--host-requests", "1001"),
        ]
    )
    func refused(option: String, text: String) {
        #expect(throws: (any Error).self) { try HostBudgetOptions.parse([option + "=" + text]) }
    }
}
