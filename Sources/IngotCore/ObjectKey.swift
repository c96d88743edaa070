/// Which keys Ingot gives its objects: those that every client, proxy and store passes through unchanged.
///
/// S3 itself takes more, but a path with empty or dot segments is rewritten by URL libraries, which breaks signatures.
public enum ObjectKey {
    /// The longest key in UTF-8 bytes (<https://developers.cloudflare.com/r2/platform/limits/>).
    public static let maximumBytes = 1024

    /// - Throws: ``ObjectStoreError`` of kind `invalidRequest`.
    public static func check(_ key: String) throws {
        if let problem = problem(key) {
            throw ObjectStoreError(kind: .invalidRequest, key: key, message: "the key \(problem)")
        }
    }

    private static func problem(_ key: String) -> String? {
        if key.isEmpty { return "is empty" }
        if key.utf8.count > maximumBytes { return "is longer than \(maximumBytes) bytes" }
        if key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "holds a control character" }
        // By bytes: as text a slash and a combining mark behind it are one character, and no slash.
        for segment in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if segment.isEmpty { return "holds an empty segment" }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) { return "holds a dot segment" }
        }
        return nil
    }
}
