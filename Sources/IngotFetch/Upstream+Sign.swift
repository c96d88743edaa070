import IngotCore
import SystemPackage

extension Upstream {
    /// How often a site is asked for a file in all when it serves something else in its place, such as a page that says
    /// that it is under maintenance.
    private static let patience = RetryPolicy(
        maximumAttempts: 4,
        firstDelay: .milliseconds(500),
        maximumDelay: .seconds(15)
    )

    /// Captures a file of a site; again, after a pause, while what is served does not bear the file's sign.
    ///
    /// What is served in the end is the capture in any case: whoever reads it says best what is wrong with it.
    func captureFromSite(
        _ file: UpstreamFile,
        unless known: CaptureValidators?,
        limit: Int64
    ) async throws -> Capture? {
        var generator = SystemRandomNumberGenerator()
        var attempt = 1
        while true {
            let capture = try await fetcher.capture(url(of: file), name: file.name, unless: known, limit: limit)
            guard let capture, let sign = file.sign, try !capture.bears(sign),
                let delay = Self.patience.delay(afterAttempt: attempt, using: &generator)
            else { return capture }
            attempt += 1
            try await Task.sleep(for: delay)
        }
    }
}

extension Capture {
    /// Whether the captured file is of the kind that it should be.
    func bears(_ sign: UpstreamFile.Sign) throws -> Bool {
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
            return try descriptor.closeAfter {
                switch sign {
                case .zip: try Self.holds(Array("PK".utf8), descriptor, onlyAtStart: true)
                case .words(let words):
                    try words.allSatisfy { word in
                        try descriptor.seek(offset: 0, from: .start)
                        return try Self.holds(Array(word.utf8), descriptor, onlyAtStart: false)
                    }
                }
            }
        } catch let error as Errno {
            throw fileFailure(error, path)
        }
    }

    /// Looks for bytes in a file, piece by piece.
    private static func holds(_ wanted: [UInt8], _ file: FileDescriptor, onlyAtStart: Bool) throws -> Bool {
        var rest: [UInt8] = []
        while true {
            let piece = try [UInt8](unsafeUninitializedCapacity: onlyAtStart ? wanted.count : 64 << 10) {
                buffer,
                count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            rest += piece
            if onlyAtStart, rest.count >= wanted.count || piece.isEmpty { return rest.starts(with: wanted) }
            if rest.firstRange(of: wanted) != nil { return true }
            if piece.isEmpty { return false }
            // What is looked for may lie over two pieces.
            rest.removeFirst(max(0, rest.count - wanted.count + 1))
        }
    }
}
