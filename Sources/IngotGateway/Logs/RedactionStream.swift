/// Takes secrets out of bytes that come in pieces, however the pieces cut a secret.
///
/// Bytes leave at once; only those that may be the start of a secret wait for what follows.
struct RedactionStream: Sendable {
    private var redaction: Redaction
    private var pending: [UInt8] = []
    /// How many of the pending bytes belong to a secret whose placeholder has left already.
    private var covered = 0

    /// - Parameter rest: bytes that another stream has taken and not given (``takeRest()``).
    init(_ redaction: Redaction, after rest: [UInt8] = []) {
        self.redaction = redaction
        pending = rest
    }

    /// Takes out the bytes that wait, but for those of a secret whose placeholder has left.
    mutating func takeRest() -> [UInt8] {
        defer {
            pending = []
            covered = 0
        }
        return Array(pending[covered...])
    }

    /// Looks for these secrets from now on.
    mutating func use(_ redaction: Redaction) { self.redaction = redaction }

    /// Takes bytes and gives those that are clear.
    mutating func append(_ bytes: [UInt8]) -> [UInt8] {
        if redaction.isEmpty, pending.isEmpty { return bytes }
        pending += bytes
        return take(pending.count - redaction.openSuffix(of: pending))
    }

    /// Gives what waits, as nothing follows.
    mutating func finish() -> [UInt8] { take(pending.count) }

    /// Gives the pending bytes up to `end`, with a placeholder for each secret that starts before it.
    private mutating func take(_ end: Int) -> [UInt8] {
        var output: [UInt8] = []
        var position = covered
        for place in redaction.places(in: pending) where place.lowerBound < end {
            // A secret that overlaps the one before needs no second placeholder.
            if place.lowerBound >= position {
                output += pending[position..<place.lowerBound]
                output += Redaction.placeholder.utf8
            }
            position = max(position, place.upperBound)
        }
        if position < end { output += pending[position..<end] }
        pending.removeFirst(end)
        covered = max(0, position - end)
        return output
    }
}
