import IngotCore

/// A day of the calendar, for lists that are asked for day by day.
struct CivilDate: Equatable {
    /// Days since 1970-01-01.
    private let days: Int64

    private static let dayLength: Int64 = 86_400_000

    /// The day of a moment in UTC.
    init(of moment: Timestamp) {
        days = moment.millisecondsSinceEpoch / Self.dayLength
    }

    /// Reads `2026-01-10`.
    init?(_ text: String) {
        guard let moment = Timestamp("\(text)T00:00:00.000Z"), moment.description.hasPrefix(text) else { return nil }
        self.init(of: moment)
    }

    private init(days: Int64) { self.days = days }

    func before(_ count: Int) -> CivilDate { CivilDate(days: days - Int64(count)) }

    /// `2026-01-10`.
    var iso: String {
        String(Timestamp(millisecondsSinceEpoch: days * Self.dayLength).description.prefix(10))
    }

    /// `01/10/2026`.
    var american: String {
        let parts = iso.split(separator: "-")
        return "\(parts[1])/\(parts[2])/\(parts[0])"
    }
}
