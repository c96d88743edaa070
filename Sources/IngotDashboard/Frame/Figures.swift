import IngotCore

/// Numbers as people read them, the same on all pages.
enum Figures {
    /// With a comma between thousands: `1,234,567`.
    static func number(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// With at most so many digits after the point, and no zeros at the end: `3.5`.
    static func number(_ value: Double, digits: Int = 1) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((value.magnitude * scale).rounded())
        var fraction = digits == 0 ? "" : String(scaled % Int64(scale))
        fraction = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let whole = number(scaled / Int64(scale)) + (fraction.isEmpty ? "" : "." + fraction)
        return value < 0 && scaled != 0 ? "-" + whole : whole
    }

    /// In the largest unit of 1,024 that leaves a number of at least one: `512 bytes`, `1.5 MiB`.
    static func bytes(_ count: Int64) -> String {
        if count.magnitude < 1024 { return count == 1 ? "1 byte" : "\(count) bytes" }
        var value = Double(count)
        for unit in ["KiB", "MiB", "GiB", "TiB"] {
            value /= 1024
            // What would be shown as 1,024 is one of the next.
            if value.magnitude < 1023.5 { return "\(number(value, digits: value.magnitude < 100 ? 1 : 0)) \(unit)" }
        }
        return "\(number(value / 1024, digits: 0)) PiB"
    }

    /// The two largest units: `420 ms`, `4.2 s`, `3 min 05 s`, `1 h 02 min`, `2 d 03 h`.
    static func duration(milliseconds: Int64) -> String {
        if milliseconds < 0 { return "-" + duration(milliseconds: -milliseconds) }
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 9950 { return "\(number(Double(milliseconds) / 1000)) s" }
        let seconds = (milliseconds + 500) / 1000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(twoDigits(seconds % 60)) s" }
        let minutes = (seconds + 30) / 60
        if minutes < 24 * 60 { return "\(minutes / 60) h \(twoDigits(minutes % 60)) min" }
        let hours = (minutes + 30) / 60
        return "\(number(hours / 24)) d \(twoDigits(hours % 24)) h"
    }

    static func duration(_ duration: Duration) -> String { Figures.duration(milliseconds: duration.milliseconds) }

    static func duration(from start: Timestamp, to end: Timestamp) -> String {
        duration(milliseconds: max(0, end.millisecondsSinceEpoch - start.millisecondsSinceEpoch))
    }

    /// How long ago something was, in one unit: `4 minutes ago`.
    static func ago(_ time: Timestamp, now: Timestamp = .now()) -> String {
        let seconds = (now.millisecondsSinceEpoch - time.millisecondsSinceEpoch) / 1000
        if seconds < 5 { return "just now" }
        for (unit, length) in [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)] as [(String, Int64)]
        where seconds >= length { return count(seconds / length, unit) + " ago" }
        return "just now"
    }

    /// A number with its word, in the plural where it is one: `1 section`, `2,000 sections`.
    static func count(_ value: some BinaryInteger, _ word: String, plural: String? = nil) -> String {
        "\(number(value)) \(value == 1 ? word : plural ?? word + "s")"
    }

    private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }
}
