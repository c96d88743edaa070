/// How far a log was handed on: the last piece's moment, and how many pieces of that moment.
public struct LogPosition: Sendable, Codable, Equatable {
    public var moment: LogMoment
    public var pieces: Int

    public init(moment: LogMoment, pieces: Int) {
        self.moment = moment
        self.pieces = pieces
    }
}

/// Goes on reading a log where it was left: asked from a moment on, an engine tells the pieces of that moment again.
///
/// Ask for what is at or after ``since`` and give each piece to ``isNew(_:)``.
public struct LogResumption: Sendable {
    /// What was handed on so far; `nil`: nothing.
    public private(set) var position: LogPosition?
    /// Whether what comes may have been handed on before.
    private var isPassingOver: Bool
    private var passedOver = 0

    /// - Parameter position: where reading was left; `nil`: at the beginning.
    public init(from position: LogPosition? = nil) {
        self.position = position
        isPassingOver = position != nil
    }

    /// The moment to ask from, in whole seconds of Unix time; one earlier, as some engines mean later than it.
    public var since: Int64? { position.map { $0.moment.seconds - 1 } }

    /// To be called before the log is asked for again.
    public mutating func beginAgain() {
        isPassingOver = position != nil
        passedOver = 0
    }

    /// Whether a piece was not handed on before; it counts as handed on from now on.
    public mutating func isNew(_ moment: LogMoment?) -> Bool {
        guard let moment else { return !isPassingOver }
        if isPassingOver, let position {
            if moment < position.moment { return false }
            if moment == position.moment, passedOver < position.pieces {
                passedOver += 1
                return false
            }
            // The clock may have been set back since: from here on everything is new.
            isPassingOver = false
        }
        if let position, position.moment == moment {
            self.position = LogPosition(moment: moment, pieces: position.pieces + 1)
        } else {
            position = LogPosition(moment: moment, pieces: 1)
        }
        return true
    }
}
