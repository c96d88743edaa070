import IngotCore

/// The answer to `DeleteObjects`: what came of each key.
struct DeleteResult: Sendable {
    /// Why an object was not deleted.
    struct Failure: Sendable {
        var key: String
        var code: String?

        var meaning: S3ErrorMeaning { S3ErrorMeaning.of(status: 200, code: code) }
    }

    /// The keys that a message names at most.
    private static let namedKeys = 100

    var deleted: [String] = []
    var failures: [Failure] = []

    /// - Throws: `ObjectStoreError` of kind `corrupted` when the bytes are no such answer, or a key is not in it.
    static func parse(_ bytes: [UInt8], keys: some Sequence<String>) throws -> DeleteResult {
        var result = DeleteResult()
        var isResult = false
        var (key, code) = (String?.none, String?.none)
        try FlatXML.read(bytes) { path, text in
            switch path {
            case ["DeleteResult"]: isResult = true
            case ["DeleteResult", "Deleted", "Key"]: result.deleted.append(text)
            case ["DeleteResult", "Error", "Key"]: key = text
            case ["DeleteResult", "Error", "Code"]: code = text
            case ["DeleteResult", "Error"]:
                guard let failed = key else { throw FlatXML.error("an error lacks its key") }
                result.failures.append(Failure(key: failed, code: code))
                (key, code) = (nil, nil)
            default: break
            }
        }
        guard isResult else { throw FlatXML.error("the root element is another") }
        // By bytes, as the store tells keys apart; texts are equal that only look the same.
        let named = Set((result.deleted + result.failures.map(\.key)).map { Array($0.utf8) })
        for key in keys where !named.contains(Array(key.utf8)) {
            throw FlatXML.error("it does not say what came of \(key)")
        }
        return result
    }

    /// One error for all objects that are still there; `nil` when there are none.
    static func error(_ failures: [Failure]) -> ObjectStoreError? {
        guard let first = failures.first else { return nil }
        let named = failures.prefix(namedKeys).map { "\($0.key) (\($0.code ?? "no reason given"))" }
        let rest = failures.count - named.count
        return ObjectStoreError(
            kind: first.meaning.kind,
            code: first.code,
            key: failures.count == 1 ? first.key : nil,
            message: "\(failures.count) objects were not deleted: \(named.joined(separator: ", "))"
                + (rest > 0 ? " and \(rest) more" : "") + "; \(first.meaning.advice)"
        )
    }
}
