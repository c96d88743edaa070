import IngotCore
import Testing

@testable import IngotDashboard

@Suite("Numbers as people read them")
struct FiguresTests {
    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1234, "-1,234"), (123_456, "123,456"),
            (Int64.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)]
    )
    func numbers(value: Int64, text: String) { #expect(Figures.number(value) == text) }

    @Test(
        arguments: [
            (0, "0"), (3.04, "3"), (3.05, "3.1"), (999.96, "1,000"), (-0.01, "0"), (-2.5, "-2.5"), (.nan, "–"),
            (.infinity, "–"),
        ] as [(Double, String)]
    )
    func fractions(value: Double, text: String) { #expect(Figures.number(value) == text) }

    @Test("Without digits after the point", arguments: [(0.0, "0"), (0.4, "0"), (150.6, "151"), (-1023.5, "-1,024")])
    func wholes(value: Double, text: String) { #expect(Figures.number(value, digits: 0) == text) }

    @Test(
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"),
            (1_048_575, "1 MiB"), (200 << 20, "200 MiB"), (3 << 40, "3 TiB"), (.max, "8,192 PiB"),
        ] as [(Int64, String)]
    )
    func bytes(count: Int64, text: String) { #expect(Figures.bytes(count) == text) }

    @Test(
        arguments: [
            (0, "0 ms"), (999, "999 ms"), (4200, "4.2 s"), (9949, "9.9 s"), (9999, "10 s"), (59_499, "59 s"),
            (59_999, "1 min 00 s"), (185_000, "3 min 05 s"), (3_720_000, "1 h 02 min"), (3_599_999, "1 h 00 min"),
            (183_600_000, "2 d 03 h"), (-4200, "-4.2 s"),
        ] as [(Int64, String)]
    )
    func durations(milliseconds: Int64, text: String) { #expect(Figures.duration(milliseconds: milliseconds) == text) }

    @Test(
        arguments: [
            (-60, "just now"), (0, "just now"), (5, "5 seconds ago"), (60, "1 minute ago"), (7200, "2 hours ago"),
            (90_000, "1 day ago"),
        ] as [(Int64, String)]
    )
    func agos(seconds: Int64, text: String) {
        let now = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
        let time = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - seconds * 1000)
        #expect(Figures.ago(time, now: now) == text)
    }

    @Test
    func counts() {
        #expect(Figures.count(1, "section") == "1 section")
        #expect(Figures.count(2000, "section") == "2,000 sections")
        #expect(Figures.count(0, "entry", plural: "entries") == "0 entries")
    }
}
