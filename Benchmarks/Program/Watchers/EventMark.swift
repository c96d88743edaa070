/// What an event carries so that whoever gets it can tell how long it took, and whether one before it is missing.
///
/// `~NANOSECONDS:NUMBER~`; nothing else in a stream has the character `~`.
struct EventMark: Equatable {
    static let border = UInt8(ascii: "~")
    private static let separator = UInt8(ascii: ":")
    /// The most bytes that a mark has.
    static let maximumLength = 48

    /// When it was sent, on the monotonic clock.
    var sentAt: UInt64
    /// Counts from 1.
    var number: Int

    var text: String { "~\(sentAt):\(number)~" }

    /// Reads what is between the borders; `nil` when that is no mark.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var values: (UInt64, UInt64) = (0, 0)
        var isNumber = false
        for byte in bytes {
            switch byte {
            case EventMark.separator where !isNumber: isNumber = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = UInt64(byte - UInt8(ascii: "0"))
                if isNumber { values.1 = values.1 &* 10 &+ digit } else { values.0 = values.0 &* 10 &+ digit }
            default: return nil
            }
        }
        guard isNumber, let number = Int(exactly: values.1) else { return nil }
        sentAt = values.0
        self.number = number
    }

    init(sentAt: UInt64, number: Int) {
        self.sentAt = sentAt
        self.number = number
    }
}
