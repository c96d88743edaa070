/// What is known of files that were captured before: asked by whoever fetches, so that a site sends again only what has
/// changed.
public protocol CaptureHistory: Sendable {
    /// The newest capture of each address that has one.
    func newestCaptures(of urls: [String]) async throws -> [String: KnownCapture]

    /// The bytes of a capture as they were served.
    ///
    /// - Throws: whatever reading the store throws; `JobFailure` when they are more than `limit` bytes.
    func bytes(of capture: KnownCapture, limit: Int) async throws -> [UInt8]
}

/// A capture that is in the object store.
public struct KnownCapture: Sendable, Equatable {
    /// Lower-case hexadecimal.
    public var sha256: String
    public var objectKey: String
    /// `nil` when the site said nothing to ask with.
    public var validators: CaptureValidators?

    public init(sha256: String, objectKey: String, validators: CaptureValidators?) {
        self.sha256 = sha256
        self.objectKey = objectKey
        self.validators = validators
    }
}
