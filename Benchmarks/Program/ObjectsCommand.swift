import ArgumentParser
import Crypto
import IngotCore
import IngotS3

/// `ingot-benchmark objects`: objects into the bucket that the environment names and out again.
struct ObjectsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objects",
        abstract: "Stores objects and reads them back, through the client of R2.",
        discussion: """
            The bucket and what opens it are in the environment, as for a runner.
            Prints {"put", "get"}: seconds for all objects. Hashing a body counts as a part of storing it.
            """
    )

    @Option(help: "How many objects.")
    var count: Int

    @Option(help: "Bytes of each.")
    var size: Int

    @Option(help: "What their keys begin with.")
    var prefix: String

    @Option(help: "The region that requests are signed for.")
    var region = "auto"

    func run() async throws {
        let stores = try Stores()
        let configuration = S3Client.Configuration(region: region)
        let objects = stores.objects(configuration)
        let (prefix, size) = (prefix, size)
        // Each object has bytes of its own; making them is no part of the measurement.
        let pattern = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let put = try await Stopwatch.seconds {
            try await forEach(atOnce: configuration.concurrency) { number in
                var bytes = pattern
                bytes[0] = UInt8(truncatingIfNeeded: number)
                let body = ObjectBody(bytes: bytes, sha256: hexadecimal(SHA256.hash(data: bytes)))
                try await objects.put(
                    "\(prefix)/\(number)",
                    body,
                    contentType: "application/octet-stream",
                    onlyIfAbsent: false
                )
            }
        }
        let get = try await Stopwatch.seconds {
            try await forEach(atOnce: configuration.concurrency) { number in
                let bytes = try await objects.get("\(prefix)/\(number)", range: nil, limit: size)
                guard bytes.count == size, bytes.first == UInt8(truncatingIfNeeded: number) else {
                    throw ValidationError("object \(number) came back as another one")
                }
            }
        }
        try await stores.close()
        print(JSONValue.object(["put": .number(put), "get": .number(get)]).canonicalText)
    }

    /// Does the work for every object, so many at once.
    private func forEach(atOnce limit: Int, _ work: @escaping @Sendable (_ number: Int) async throws -> Void)
        async throws
    {
        let count = count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 0..<min(limit, count) {
                group.addTask {
                    for number in stride(from: first, to: count, by: limit) { try await work(number) }
                }
            }
            try await group.waitForAll()
        }
    }
}
