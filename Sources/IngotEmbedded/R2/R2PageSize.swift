/// How many entries a listing's page shall have.
struct R2PageSize: Equatable, Sendable {
    static let largest = 1000

    /// As the client asked, which answers repeat.
    var requested: Int
    /// What a page has at most.
    var limit: Int { min(requested, Self.largest) }

    /// Reads it as R2 does: fractions are rounded down, nothing and what is no number are refused.
    ///
    /// - Throws: ``R2Failure`` `InvalidMaxKeys`.
    init(_ text: String?) throws {
        guard let text else {
            requested = Self.largest
            return
        }
        guard let number = Double(String(text[...].trimmingSpaces)), number >= 0, number < 1e15 else {
            throw R2Failure.invalidMaxKeys
        }
        requested = Int(number)
    }
}

/// How the keys of a listing are written.
enum R2KeyEncoding: Equatable, Sendable {
    case plain
    /// Percent-encoded, slashes as well.
    case url

    /// - Throws: ``R2Failure`` for an encoding that R2 does not know.
    init(_ text: String?) throws {
        switch text {
        case nil: self = .plain
        case "url": self = .url
        case let other?: throw R2Failure.notImplemented("Unrecognized encoding-type \"\(other)\"")
        }
    }
}
