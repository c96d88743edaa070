import IngotCore

/// Why something failed, with what an operator can do about it.
struct JobFailureContent {
    /// More findings than these are in the API's answer.
    private static let shownDetails = 50

    var code: String
    var message: String
    var advice: String?
    var failedUnit: String?
    var place: String?
    var isTransient: Bool
    /// What a failure of this kind means, whatever happened this time.
    var cause: String?
    var remedy: String?
    var ending: String?
    var peak: String?
    var processorTime: String?
    var details: [String]
    var moreDetails: String?
    var tail: [String]

    init(_ failure: JobFailure) {
        code = failure.code
        message = failure.message
        advice = failure.advice
        failedUnit = failure.unit
        place = failure.place?.description
        isTransient = failure.isTransient
        let kind = FailureKind.all.first { $0.code == failure.code }
        cause = kind?.cause
        // The advice of this time is the better one where it says the same.
        remedy = kind.flatMap { $0.remedy == failure.advice ? nil : $0.remedy }
        ending = failure.exit.map(Self.words)
        peak = (failure.exit?.peakMemoryBytes ?? failure.peakMemoryBytes).map(Figures.bytes)
        processorTime = (failure.exit?.cpuSeconds ?? failure.cpuSeconds).map(ChartUnit.seconds.text)
        let all = failure.details ?? []
        details = all.prefix(Self.shownDetails).map(Self.words)
        moreDetails =
            all.count > Self.shownDetails ? Figures.count(all.count - Self.shownDetails, "more finding") : nil
        tail = failure.logTail ?? []
    }

    /// How a runner ended, for example `signal 9` or `exit code 1`.
    static func words(_ exit: RunnerExit) -> String {
        var parts: [String] = []
        if let code = exit.code { parts.append("exit code \(code)") }
        if let signal = exit.signal { parts.append("signal \(signal)") }
        if let reason = exit.reason { parts.append(reason.replacing("_", with: " ")) }
        return parts.isEmpty ? "unknown" : parts.joined(separator: ", ")
    }

    private static func words(_ detail: JSONValue) -> String {
        guard let members = detail.objectValue else { return detail.stringValue ?? detail.canonicalText }
        let sentence = members["message"]?.stringValue ?? members["detail"]?.stringValue
        let rest = members.filter { $0.key != "message" && $0.key != "detail" }.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.stringValue ?? $0.value.canonicalText)" }
        return [rest.joined(separator: ", "), sentence].compactMap { $0?.isEmpty == false ? $0 : nil }
            .joined(separator: ": ")
    }
}
