import CoreMetrics
import IngotCore
import NIOHTTP1

/// What a client counts.
struct S3Metrics: Sendable {
    let sentBytes: Counter
    let receivedBytes: Counter
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        sentBytes = Counter(label: "ingot_s3_sent_bytes_total", factory: factory)
        receivedBytes = Counter(label: "ingot_s3_received_bytes_total", factory: factory)
    }

    /// An attempt of a request, whatever becomes of it.
    func requested(_ request: S3Request) {
        Counter(label: "ingot_s3_requests_total", dimensions: [("operation", request.operation)], factory: factory)
            .increment()
    }

    /// An attempt that failed.
    func failed(_ error: ObjectStoreError) { count("ingot_s3_failures_total", error) }

    /// A request that is made again.
    func retried(_ error: ObjectStoreError) { count("ingot_s3_retries_total", error) }

    private func count(_ label: String, _ error: ObjectStoreError) {
        Counter(label: label, dimensions: [("cause", "\(error.kind)")], factory: factory).increment()
    }
}

extension S3Request {
    /// What it does, in the words of S3's operations.
    var operation: String {
        let names = Set(query.map(\.name))
        return switch method {
        case .GET where key == nil: "list_objects"
        case .GET: "get_object"
        case .HEAD: "head_object"
        case .PUT where names.contains("partNumber"): "upload_part"
        case .PUT: "put_object"
        case .DELETE where names.contains("uploadId"): "abort_upload"
        case .DELETE: "delete_object"
        case .POST where names.contains("delete"): "delete_objects"
        case .POST where names.contains("uploads"): "create_upload"
        case .POST where names.contains("uploadId"): "complete_upload"
        default: "other"
        }
    }
}
