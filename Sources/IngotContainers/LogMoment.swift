import IngotCore

/// The moment that an engine writes before each piece of a log, as exact as it writes it.
public struct LogMoment: Sendable, Hashable, Comparable, Codable {
    public var seconds: Int64
    public var nanoseconds: Int64

    public init(seconds: Int64, nanoseconds: Int64) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads RFC 3339 with any number of digits of a second, or none, and any time zone.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40 else { return nil }
        guard let whole = Timestamp(String(decoding: bytes[..<19], as: UTF8.self) + ".000Z") else { return nil }
        var position = 19
        var fraction: Int64 = 0
        if bytes[position] == UInt8(ascii: ".") {
            position += 1
            var scale: Int64 = 100_000_000
            let first = position
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
                fraction += Int64(bytes[position] - 0x30) * scale
                scale /= 10
                position += 1
            }
            guard position > first, position < bytes.count else { return nil }
        }
        let zone = Array(bytes[position...])
        guard let offset = Self.offset(zone) else { return nil }
        self.init(seconds: whole.millisecondsSinceEpoch / 1000 - offset, nanoseconds: fraction)
    }

    /// Seconds east of Greenwich.
    private static func offset(_ zone: [UInt8]) -> Int64? {
        if zone == [UInt8(ascii: "Z")] { return 0 }
        guard zone.count == 6, zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
            zone[3] == UInt8(ascii: ":"), let hours = Int64(String(decoding: zone[1...2], as: UTF8.self)),
            let minutes = Int64(String(decoding: zone[4...5], as: UTF8.self)), hours < 24, minutes < 60
        else { return nil }
        return (zone[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    public static func < (left: LogMoment, right: LogMoment) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

/// A piece of a log with the moment before it.
public struct LogPiece: Sendable, Equatable {
    /// `nil`: no moment was before it.
    public var moment: LogMoment?
    /// Without the moment and the space after it.
    public var bytes: ArraySlice<UInt8>

    /// - Parameter bytes: as the engine sends it when it is asked for timestamps.
    public init(_ bytes: ArraySlice<UInt8>) {
        if let space = bytes.prefix(41).firstIndex(of: UInt8(ascii: " ")),
            let moment = LogMoment(String(decoding: bytes[bytes.startIndex..<space], as: UTF8.self))
        {
            self.moment = moment
            self.bytes = bytes[(space + 1)...]
        } else {
            self.bytes = bytes
        }
    }
}
