import IngotCore
import Testing

@Suite("Times")
struct TimestampTests {
    @Test(
        "Known moments",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_772_357_400_125, "2026-03-01T09:30:00.125Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func known(milliseconds: Int64, text: String) {
        #expect(Timestamp(millisecondsSinceEpoch: milliseconds).description == text)
        #expect(Timestamp(text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test("Every day of four centuries survives the way to text and back")
    func allDays() {
        for day in Int64(-30_000)...Int64(120_000) {
            let time = Timestamp(millisecondsSinceEpoch: day * 86_400_000 + 12_345)
            guard Timestamp(time.description) == time else {
                Issue.record("\(time) does not come back")
                return
            }
        }
    }

    @Test(
        "Other forms are refused",
        arguments: [
            "", "2026-03-01", "2026-03-01T09:30:00Z", "2026-03-01T09:30:00.125+00:00", "2026-13-01T09:30:00.125Z",
            "2026-00-01T09:30:00.125Z", "2026-03-32T09:30:00.125Z", "2026-03-01T24:00:00.000Z",
            "2026-03-01T09:60:00.125Z", "2026-03-01 09:30:00.125Z", "2026-03-01T09:30:00,125Z",
            "2026-03-01T09:30:00.12xZ", "2026-03-01T09:30:00.125z",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Times sort, in numbers and in text, and move by durations")
    func order() {
        let first = Timestamp(millisecondsSinceEpoch: 1_772_357_400_125)
        let second = first.advanced(by: .milliseconds(1500))
        #expect(second.millisecondsSinceEpoch - first.millisecondsSinceEpoch == 1500)
        #expect(first < second)
        #expect(first.description < second.description)
        #expect(second.advanced(by: .milliseconds(-1500)) == first)
    }

    @Test("The clock is about now")
    func now() {
        #expect(Timestamp.now() > Timestamp(millisecondsSinceEpoch: 1_700_000_000_000))
    }

    @Test("Durations in milliseconds and seconds")
    func durations() {
        #expect(Duration.milliseconds(1234).milliseconds == 1234)
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.milliseconds(1500).seconds == 1.5)
    }

    @Test("A time is text in JSON, and a wrong one an error")
    func coding() throws {
        let time = Timestamp(millisecondsSinceEpoch: 125)
        #expect(try JSONText.string([time]) == "[\"1970-01-01T00:00:00.125Z\"]")
        #expect(throws: DecodingError.self) { try JSONText.decode([Timestamp].self, from: "[\"now\"]".utf8) }
    }
}
