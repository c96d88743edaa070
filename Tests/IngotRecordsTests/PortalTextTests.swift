import IngotCore
import Testing

@testable import IngotPoliceToCitizen

@Suite("What portals write")
struct PortalTextTests {
    @Test(
        "Times of a bulletin are found in all their forms",
        arguments: [
            ("on 14:30, 01/10/2026.", "2026-01-10T14:30:00"),
            ("on 01/10/2026 2:57 PM.", "2026-01-10T14:57:00"),
            ("on 01/10/2026 12:05:09 AM.", "2026-01-10T00:05:09"),
            ("on 01/10/2026.", "2026-01-10T00:00:00"),
            ("Reported: 01/10/2026 7:15 AM.", "2026-01-10T07:15:00"),
            (
                "between 01/09/2026 8:00 PM and 01/10/2026 6:30 AM. Reported: 01/10/2026 7:15 AM.",
                "2026-01-10T07:15:00"
            ),
            ("between 01/09/2026 8:00 PM and 01/10/2026 6:30 AM.", "2026-01-10T06:30:00"),
            ("On 01/10/2026 at 11:00", "2026-01-10T11:00:00"),
            ("Cited on Charge of SPEEDING, at SAMPLE RD,  on 01/10/2026 23:42.", "2026-01-10T23:42:00"),
            ("On 01/10/2026 at 11:00, an accident occured on SAMPLE RD/EXAMPLE LN.", "2026-01-10T11:00:00"),
            ("", "1900-01-01T00:00:00"), ("on a day in spring.", "1900-01-01T00:00:00"),
            ("on 13/45/2026 9:99 PM.", "1900-01-01T00:00:00"),
        ]
    )
    func bulletinTime(text: String, time: String) {
        #expect(BulletinTime.iso([text]) == time)
    }

    @Test(
        "Bonds are dollars",
        arguments: [
            ("$500.00", "500.00"), ("$1,500.00", "1500.00"), ("300", "300.00"), ("$2.5", "2.50"), ("NO BOND", "0.00"),
            ("No Bond", "0.00"), ("N/A", "0.00"), ("", "0.00"), ("CASH ONLY", nil), ("-5", nil), ("1.234", nil),
        ] as [(String, String?)]
    )
    func bond(text: String, dollars: String?) {
        #expect(BondAmount.dollars(text) == dollars)
    }

    @Test("A bulletin's key does not see breaks, blanks and case, and sees the charge")
    func key() {
        func key(_ charge: String, location: String = " at 1 SAMPLE ST", id: String = "1") -> String {
            BulletinEntry.key(of: [
                "id": .string(id), "name": "TESTCASE, ELM", "time": "", "charge": .string(charge),
                "location": .string(location),
            ])
        }
        #expect(key("Theft<br>5th&nbsp;degree") == key(" THEFT 5TH  DEGREE"))
        #expect(key("THEFT") != key("TRESPASS"))
        #expect(key("THEFT", id: "") == key("THEFT", id: "&nbsp;"))
        #expect(key("THEFT", location: "") != key("THEFT"))
    }

    @Test("Days are counted back over the ends of months and years")
    func days() throws {
        let day = try #require(CivilDate("2026-03-01"))
        #expect(day.before(1).iso == "2026-02-28")
        #expect(day.before(60).american == "12/31/2025")
        #expect(CivilDate("2026-02-30") == nil)
        #expect(CivilDate("tomorrow") == nil)
    }
}
