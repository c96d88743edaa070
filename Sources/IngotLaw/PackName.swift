/// The names of packs: `packs/SOURCE/HASH.ndjson.gz`, where the hash is the SHA-256 of the whole object.
///
/// A pack of that name may be there already: of a revision that readers see, or garbage of a job that failed. Garbage
/// may be removed at any moment by a ``CorpusSweeper`` which found, before this job wrote its rows, that nothing
/// refers to it. So a job relies only on a pack that a promoted row refers to; else it stores the same bytes once more
/// as `packs/SOURCE/HASH-REVISION.ATTEMPT.ndjson.gz`, which nobody else ever writes.
enum PackName {
    private static let ending = ".ndjson.gz"

    /// What all names of a source's packs start with.
    static func prefix(source: String) -> String { "packs/\(source)/" }

    static func shared(source: String, hash: String) -> String { prefix(source: source) + hash + ending }

    /// - Parameter author: tells one attempt from all others of the source.
    static func own(source: String, hash: String, author: String) -> String {
        prefix(source: source) + hash + "-" + author + ending
    }

    /// Whether a key has the form of a pack's name.
    static func isPack(_ key: String, source: String) -> Bool {
        guard key.hasPrefix(prefix(source: source)), key.hasSuffix(ending) else { return false }
        let name = key.dropFirst(prefix(source: source).count).dropLast(ending.count)
        let parts = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ContentHash(hexadecimal: String(parts[0])) != nil else { return false }
        guard parts.count == 2 else { return true }
        return !parts[1].isEmpty && parts[1].allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
    }
}
