import AsyncHTTPClient
import Crypto
import IngotCore
import IngotS3
import NIOCore
import NIOHTTP1

/// Looks whether a bucket can be reached, written and read: with the very client that runners use.
///
/// It stores one object below `doctor/` and removes it again.
struct ObjectStoreExamination {
    private static let bytes = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    private static let repetitions = 5
    /// R2 refuses a request whose time is further off than 15 minutes.
    private static let noticeableSkew = 60

    let client: S3Client
    let endpoint: String
    let httpClient: HTTPClient

    func run(report: @escaping @Sendable (Finding) async throws -> Void) async throws {
        var checks = CheckSequence(.objects, report: report)
        try await checks.check("same clock") { try await clock() }
        let key = "doctor/\(passingName())"
        let body = ObjectBody(bytes: Self.bytes, sha256: hexadecimal(SHA256.hash(data: Self.bytes)))
        var mayHaveWritten = false
        try await checks.check("stores an object") {
            var latency = Latency()
            do {
                _ = try await latency.measure {
                    try await client.put(key, body, contentType: "application/octet-stream", onlyIfAbsent: false)
                }
                mayHaveWritten = true
            } catch let error as ObjectStoreError {
                mayHaveWritten = error.isTransient || error.kind == .corrupted
                throw error
            }
            return .ok("8 KiB in \(latency.text)")
        }
        try await checks.check("keeps what is there") {
            let isStored = try await client.put(key, body, contentType: "application/octet-stream", onlyIfAbsent: true)
            return isStored
                ? .failed(
                    "a conditional write replaced an object that was there",
                    advice: "use a store that knows If-None-Match, as R2 does"
                ) : .ok("a conditional write was refused, as it should be")
        }
        try await checks.check("reads it back") {
            var latency = Latency()
            for _ in 0..<Self.repetitions {
                let whole = try await latency.measure { try await client.get(key, range: nil, limit: 8192) }
                guard whole == Self.bytes else { return differs }
            }
            let part = try await client.get(key, range: 100..<300, limit: 200)
            guard part.elementsEqual(Self.bytes[100..<300]) else { return differs }
            return .ok("whole and in part, the same bytes; \(latency.text)")
        }
        try await checks.check("lists it") {
            let page = try await client.list(prefix: key, after: nil)
            guard page.objects.map(\.key) == [key], page.objects.first?.size == 8192 else {
                return .failed(
                    "the listing does not show the object that was just stored",
                    advice: "use a store that lists what it has, as R2 does"
                )
            }
            return .ok("with its size")
        }
        try await checks.check("gives a link") {
            let response = try await httpClient.execute(
                HTTPClientRequest(url: try client.presignedURL(key, lifetime: .seconds(60))),
                timeout: .seconds(30)
            )
            let bytes = try await response.body.collect(upTo: 64 << 10)
            guard response.status == .ok, bytes.readableBytesView.elementsEqual(Self.bytes) else {
                return .failed(
                    "a presigned address was answered with \(response.status.code)",
                    advice: "check the clock of this machine and the rights of the key"
                )
            }
            return .ok("a presigned address opens without credentials")
        }
        try await checks.check("removes it", cleansUp: mayHaveWritten) {
            try await client.delete([key])
            guard try await client.head(key) == nil else {
                return .failed("the object is still there", advice: "give the key the right to delete objects")
            }
            return .ok("\(key) is gone")
        }
    }

    private var differs: CheckSequence.Result {
        .failed("other bytes came back", advice: "something between here and the store changes bytes; look at proxies")
    }

    /// Compares this machine's clock with the `Date` of an answer, which comes without credentials as well.
    private func clock() async throws -> CheckSequence.Result {
        let response: HTTPClientResponse
        do {
            response = try await httpClient.execute(HTTPClientRequest(url: endpoint), timeout: .seconds(30))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ObjectStoreError(kind: .unavailable, message: "no answer from \(endpoint): \(error)")
        }
        _ = try? await response.body.collect(upTo: 64 << 10)
        guard let time = response.headers.first(name: "date").flatMap(HTTPDate.parse) else {
            return .ok("the store tells no time")
        }
        let seconds = abs(time.millisecondsSinceEpoch - Timestamp.now().millisecondsSinceEpoch) / 1000
        return seconds < Self.noticeableSkew
            ? .ok("off by less than \(seconds + 1) s")
            : .warning(
                "this machine's clock is off by \(seconds) s",
                advice: "set the clock; Ingot signs with the store's time meanwhile"
            )
    }
}
