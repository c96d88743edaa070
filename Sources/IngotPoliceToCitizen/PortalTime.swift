/// Times as the portals write them, by the agency's own clock, as `2026-01-10T14:30:00`.
enum PortalTime {
    /// What [R]'s readers use for a time that cannot be read, so that it is not tried again for ever.
    static let unreadable = "1900-01-01T00:00:00"

    /// Reads `M/D/YYYY h:mm:ss AM`, `M/D/YYYY h:mm AM`, `M/D/YYYY HH:MM`, `HH:MM, M/D/YYYY`, or a date alone.
    static func iso(_ text: some StringProtocol) -> String? {
        let words = text.split { $0.isWhitespace || $0 == "," }.map { $0.uppercased() }
        guard let place = words.firstIndex(where: { $0.contains("/") }), let date = date(words[place]) else {
            return nil
        }
        var rest = words
        rest.remove(at: place)
        guard let first = rest.first else { return "\(date)T00:00:00" }
        guard rest.count <= 2, let time = time(first, half: rest.count == 2 ? rest[1] : nil) else { return nil }
        return "\(date)T\(time)"
    }

    /// `M/D/YYYY`.
    static func date(_ text: some StringProtocol) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { number($0) }
        guard parts.count == 3, let month = parts[0], let day = parts[1], let year = parts[2],
            (1...12).contains(month), (1...31).contains(day), (1900...2200).contains(year)
        else { return nil }
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    private static func time(_ text: String, half: String?) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { number($0) }
        guard (2...3).contains(parts.count), var hour = parts[0], let minute = parts[1], hour < 24, minute < 60,
            let second = parts.count == 3 ? parts[2] : 0, second < 60
        else { return nil }
        switch half {
        case nil: break
        case "AM"?, "PM"?:
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "PM" ? 12 : 0)
        default: return nil
        }
        return "\(padded(hour)):\(padded(minute)):\(padded(second))"
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
