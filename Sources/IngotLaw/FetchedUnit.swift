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

/// Which units are fetched before their turn, and what came of it.
struct FetchAhead {
    /// Units that are fetched, or lie fetched, while another one is read.
    ///
    /// As many as a host is mostly asked for at a time; how many requests really go out, its budget decides.
    static let units = Upstream.parallelRequests

    private var started = 0
    private var arrived: [Int: Result<FetchedUnit, JobFailure>] = [:]

    /// - Returns: the place of a unit to begin with; `nil` when enough are under way.
    mutating func next(of count: Int, whileAt place: Int) -> Int? {
        guard started < count, started <= place + Self.units else { return nil }
        defer { started += 1 }
        return started
    }

    func has(_ place: Int) -> Bool { arrived[place] != nil }

    mutating func keep(_ outcome: Result<FetchedUnit, JobFailure>, at place: Int) { arrived[place] = outcome }

    mutating func take(_ place: Int) -> Result<FetchedUnit, JobFailure>? { arrived.removeValue(forKey: place) }
}
