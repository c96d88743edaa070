import IngotCore
import Logging
import NIOCore
import NIOHTTP1

/// Sees to it that an image is there, as the pull policy says.
struct ImageSupply: Sendable {
    /// How long a pull may take.
    private static let patience: Duration = .seconds(1800)
    /// The longest line of a pull's progress.
    private static let maximumLine = 1 << 20

    let engine: EngineConnection
    let image: String
    let policy: ContainerSettings.PullPolicy
    let logger: Logger

    /// - Parameter told: called with sentences about a pull.
    /// - Throws: ``ContainerEngineError``; `CancellationError`.
    func provide(told: @escaping @Sendable (String) async -> Void = { _ in }) async throws {
        if policy != .always, try await engine.hasImage(image) { return }
        guard policy != .never else {
            throw ContainerEngineError(
                .imageUnavailable,
                "The image \(image) is not there, and it may not be pulled.",
                advice: "Build or load it into this engine, or allow it to be pulled."
            )
        }
        logger.info("Pulling the runner's image", metadata: ["image": "\(image)"])
        await told("ingot: pulling the image \(image)")
        do {
            try await withDeadline(Self.patience) { try await pull() }
        } catch let error as DeadlineExceeded {
            throw unavailable("the pull took longer than \(error.limit)")
        } catch let error as ContainerEngineError where !error.isAbsence {
            throw error.kind == .imageUnavailable ? error : unavailable(error.message)
        }
        guard try await engine.hasImage(image) else { throw unavailable("it is not there after it was pulled") }
        await told("ingot: the image \(image) is there")
    }

    private func pull() async throws {
        let (name, tag) = Self.parts(of: image)
        var query = [("fromImage", name)]
        if let tag { query.append(("tag", tag)) }
        var lines = LineSplitter(maximum: Self.maximumLine)
        try await engine.stream(.POST, "/images/create", query: query, within: Self.patience) { buffer in
            for line in try lines.take(buffer.readableBytesView) { try look(at: line) }
        }
        try look(at: lines.takeRest())
    }

    private func look(at line: [UInt8]) throws {
        guard let progress = try? JSONParser.parse(line) else { return }
        // An engine has answered 200 before it knows.
        if let error = progress["error"]?.stringValue { throw unavailable(String(error.prefix(500))) }
        if let status = progress["status"]?.stringValue {
            logger.debug("Pulling", metadata: ["status": "\(status.prefix(200))"])
        }
    }

    private func unavailable(_ reason: String) -> ContainerEngineError {
        ContainerEngineError(
            .imageUnavailable,
            "The image \(image) cannot be pulled: \(reason).",
            advice: "Check its name and the engine's access to the registry, or load it into the engine."
        )
    }

    /// An image's name and its tag or digest; without one, an engine would pull every tag.
    static func parts(of image: String) -> (name: String, tag: String?) {
        if let at = image.firstIndex(of: "@") {
            return (String(image[..<at]), String(image[image.index(after: at)...]))
        }
        let last = image.lastIndex(of: "/") ?? image.startIndex
        guard let colon = image[last...].lastIndex(of: ":") else { return (image, "latest") }
        return (String(image[..<colon]), String(image[image.index(after: colon)...]))
    }
}
