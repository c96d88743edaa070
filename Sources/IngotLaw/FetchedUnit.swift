import IngotCore
import IngotFetch

/// A unit's files as they were fetched before the unit's turn.
struct FetchedUnit: Sendable {
    enum File: Sendable {
        case captured(Capture)
        /// The site said so when it was asked with these.
        case notModified(CaptureValidators)
    }

    /// As many as ``LawUnit/files``.
    var files: [File]

    /// Captures the files of a unit.
    ///
    /// - Parameter validators: what is known of files, by address.
    /// - Throws: `CancellationError`; whatever else goes wrong is the result.
    static func fetch(
        _ unit: LawUnit,
        from upstream: Upstream,
        validators: [String: CaptureValidators]
    ) async throws -> Result<FetchedUnit, JobFailure> {
        var files: [File] = []
        do {
            for file in unit.files {
                let known = validators[upstream.url(of: file)]
                let limit = UnitIngestion.maximumCaptureBytes
                if let capture = try await upstream.capture(file, unless: known, limit: limit) {
                    files.append(.captured(capture))
                } else if let known {
                    files.append(.notModified(known))
                } else {
                    throw JobFailure(
                        code: "upstream_status",
                        message: "\(upstream.url(of: file)) answered “not modified” without a question."
                    )
                }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            var failure = JobFailure(describing: error)
            if failure.unit == nil { failure.unit = unit.id }
            return .failure(failure)
        }
        return .success(FetchedUnit(files: files))
    }
}
