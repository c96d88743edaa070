import HTTPTypes
import Hummingbird
import IngotCore
import IngotS3
import NIOCore

/// R2's S3 interface over a bucket in a folder: path-style, one bucket, with R2's checks and refusals.
///
/// ``R2Operation`` lists what is here; what R2 has beyond that answers 501.
struct R2Endpoint: EmbeddedEndpoint {
    /// Bytes of an XML document that a request may carry: 10,000 parts with their checksums, or 1,000 keys.
    static let largestDocument = 8 << 20

    let objects: EmbeddedObjects
    let bucket: String
    let authentication: R2Authentication
    let writes: KeyWrites
    /// How long a client waits for the answer to the completion of an upload before that begins without a result.
    ///
    /// Zero begins it at once.
    let completionPatience: Duration
    /// The time between the spaces that such an answer has before its result.
    let completionKeepAlive: Duration

    /// - Parameter minimumWriteInterval: the least time from the start of one write of a key to the start of the next,
    ///   a second on R2; writes of one key that overlap are refused whatever it is.
    init(
        objects: EmbeddedObjects,
        bucket: String,
        authentication: R2Authentication,
        minimumWriteInterval: Duration = .zero,
        completionPatience: Duration = .seconds(10),
        completionKeepAlive: Duration = .seconds(5)
    ) {
        self.objects = objects
        self.bucket = bucket
        self.authentication = authentication
        writes = KeyWrites(minimumInterval: minimumWriteInterval)
        self.completionPatience = completionPatience
        self.completionKeepAlive = completionKeepAlive
    }

    /// A request whose sender is known, with its body still to come.
    struct Call: Sendable {
        var request: R2Request
        var payload: R2Authentication.Payload
        var body: RequestBody

        var key: String { request.target.key }
    }

    func answer(to request: Request) async -> Response {
        let isHead = request.method == .head
        do {
            return try await respond(to: request)
        } catch {
            return respond(failure(for: error), isHead: isHead)
        }
    }

    /// How R2 words an error.
    func failure(for error: any Error) -> R2Failure {
        switch error {
        case let failure as R2Failure: failure
        case let error as ObjectStoreError: R2Failure(error)
        case is NIOTooManyBytesError: .entityTooLarge
        default: .internalError
        }
    }

    func answer(to fault: PlannedFailure) -> Response {
        switch fault {
        case .rateLimited(let seconds):
            var response = respond(.tooManyRequests, isHead: false)
            response.headers[.retryAfter] = seconds.map { String($0) }
            return response
        case .overloaded: return respond(.serviceUnavailable, isHead: false)
        case .internalError: return respond(.internalError, isHead: false)
        case .gatewayTimeout:
            return Response(
                status: .gatewayTimeout,
                headers: [.contentType: "text/html"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "<html><body>504 Gateway Time-out</body></html>"))
            )
        }
    }

    /// Looks at a request in R2's order: who sends it, which bucket, which operation, which headers.
    private func respond(to request: Request) async throws -> Response {
        let looked = R2Request(
            method: request.method.rawValue,
            target: try R2Target(request.head.path ?? ""),
            headers: [("host", request.head.authority ?? "")]
                + request.headers.map { ($0.name.canonicalName, $0.value) }
        )
        let target = looked.target
        if looked.method == "POST", !target.bucket.isEmpty, target.key.isEmpty, !target.has("delete"),
            !R2Authentication.isClaimed(looked)
        {
            // The form of a browser. R2 says it twice.
            throw R2Failure.notImplemented("Presigned post requests are not yet implemented")
        }
        let payload = try authentication.check(looked, now: .now())
        let isCreation = looked.method == "PUT" && target.key.isEmpty
        guard target.bucket.isEmpty || target.bucket == bucket || isCreation else { throw R2Failure.noSuchBucket }
        let operation = try R2Operation(looked)
        try R2HeaderRules.check(looked, for: operation)
        guard looked.header("transfer-encoding") == nil else { throw R2Failure.missingContentLength }
        guard target.key.utf8.count <= ObjectKey.maximumBytes, !target.key.utf8.contains(0) else {
            throw R2Failure.invalidObjectName
        }
        return try await perform(operation, Call(request: looked, payload: payload, body: request.body))
    }

    private func perform(_ operation: R2Operation, _ call: Call) async throws -> Response {
        switch operation {
        case .listBuckets: listBuckets()
        case .headBucket: Response(status: .ok)
        case .getBucketLocation: respond(xml: R2XML.document("LocationConstraint", "auto"))
        case .listObjects, .listObjectsV2: try await listObjects(call)
        case .listMultipartUploads: try await listUploads(call)
        case .deleteObjects: try await deleteObjects(call)
        case .postBucket: Response(status: .ok)
        case .getObject, .headObject: try await getObject(call, isHead: operation == .headObject)
        case .putObject: try await putObject(call)
        case .copyObject: try await copyObject(call)
        case .deleteObject: try await deleteObject(call)
        case .createMultipartUpload: try await createUpload(call)
        case .uploadPart: try await uploadPart(call)
        case .uploadPartCopy: try await copyPart(call)
        case .completeMultipartUpload: try await completeUpload(call)
        case .abortMultipartUpload: try await abortUpload(call)
        case .listParts: try await listParts(call)
        }
    }

    // MARK: - Answers

    func respond(xml: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/xml"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: xml))
        )
    }

    private func respond(_ failure: R2Failure, isHead: Bool) -> Response {
        let status = HTTPResponse.Status(code: failure.status)
        if isHead { return Response(status: status) }
        return Response(
            status: status,
            headers: [.contentType: "application/xml"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: failure.xml))
        )
    }
}

extension HTTPField.Name {
    /// A name of letters and dashes is always valid, so the other never shows.
    static let retryAfter = HTTPField.Name("Retry-After") ?? .server
}
