import IngotS3

/// The operations of S3 that are here.
enum R2Operation: String, Sendable {
    case listBuckets = "ListBuckets"

    case headBucket = "HeadBucket"
    case getBucketLocation = "GetBucketLocation"
    case listObjects = "ListObjectsV1"
    case listObjectsV2 = "ListObjectsV2"
    case listMultipartUploads = "ListMultipartUploads"
    case deleteObjects = "DeleteObjects"
    /// A `POST` to a bucket that asks for nothing, which R2 answers with nothing.
    case postBucket = "PostBucket"

    case getObject = "GetObject"
    case headObject = "HeadObject"
    case putObject = "PutObject"
    case copyObject = "CopyObject"
    case deleteObject = "DeleteObject"

    case createMultipartUpload = "CreateMultipartUpload"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case abortMultipartUpload = "AbortMultipartUpload"
    case listParts = "ListParts"

    /// Finds the operation by method and query, as R2 does.
    ///
    /// - Throws: ``R2Failure`` in R2's words for what is not here.
    init(_ request: R2Request) throws {
        if request.target.bucket.isEmpty {
            self = try Self.ofAccount(request)
        } else if request.target.key.isEmpty {
            self = try Self.ofBucket(request)
        } else {
            self = try Self.ofObject(request)
        }
        try refuseUnknownParameters(request)
    }

    private static func ofAccount(_ request: R2Request) throws -> R2Operation {
        guard request.method == "GET" else { throw R2Failure.routeNotFound }
        return .listBuckets
    }

    private static func ofBucket(_ request: R2Request) throws -> R2Operation {
        let target = request.target
        switch request.method {
        case "HEAD": return .headBucket
        case "POST": return target.has("delete") ? .deleteObjects : .postBucket
        case "PUT", "DELETE": throw refusal(ofBucketChange: request)
        case "GET": break
        default: throw R2Failure.routeNotFound
        }
        if target.has("uploads") { return .listMultipartUploads }
        if target.has("location") { return .getBucketLocation }
        for item in target.query {
            if let operation = readingBucket[item.name] { throw R2Failure.notImplemented(operation) }
        }
        guard let version = target.value("list-type") else { return .listObjects }
        guard version == "2" else { throw R2Failure.notImplemented("ListObjectsV\(version)") }
        return .listObjectsV2
    }

    private static func ofObject(_ request: R2Request) throws -> R2Operation {
        let target = request.target
        let isCopy = request.header("x-amz-copy-source") != nil
        if target.has("uploadId") {
            let partNumber = target.value("partNumber")
            guard partNumber.map(isShapedAsInteger) ?? true else { throw R2Failure.routeNotFound }
            switch request.method {
            case "GET": return .listParts
            case "HEAD": return .headObject
            case "POST": return .completeMultipartUpload
            case "DELETE": return .abortMultipartUpload
            case "PUT":
                if partNumber != nil { return isCopy ? .uploadPartCopy : .uploadPart }
            default: throw R2Failure.routeNotFound
            }
        } else if target.has("uploads") {
            if request.method == "POST" { return .createMultipartUpload }
            if request.method == "GET" { return .listMultipartUploads }
        }
        for item in target.query {
            if let operation = objectSubresources[item.name]?[request.method] {
                throw R2Failure.notImplemented(operation)
            }
        }
        switch request.method {
        case "GET", "HEAD":
            if target.has("partNumber") { throw R2Failure.notImplemented("partNumber") }
            return request.method == "GET" ? .getObject : .headObject
        case "PUT": return isCopy ? .copyObject : .putObject
        // R2 takes a POST to a key for a put, whatever else it says.
        case "POST": return .putObject
        case "DELETE": return .deleteObject
        default: throw R2Failure.routeNotFound
        }
    }

    private static func isShapedAsInteger(_ text: String) -> Bool {
        var rest = text.utf8.drop { $0 == 0x20 }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        return rest.allSatisfy { (0x30...0x39).contains($0) }
    }

    // MARK: - Parameters

    private func refuseUnknownParameters(_ request: R2Request) throws {
        for item in request.target.operativeQuery {
            switch self {
            case .headBucket, .postBucket, .deleteObjects: continue
            case .listObjects where item.name == "continuation-token":
                throw R2Failure.invalidArgument("continuation-token not supported in ListObjects")
            case .getBucketLocation where item.name != "location":
                throw R2Failure.invalidArgument("Search param \(item.name) is unsupported for bucket location")
            default: break
            }
            if parameters.contains(item.name) { continue }
            // R2 passes over the names of other operations here; a version is none of them, it would be another object.
            if ignoresSubresources(request), Self.objectSubresources[item.name] != nil { continue }
            throw R2Failure.notImplemented("\(rawValue) search parameter \(item.name)")
        }
    }

    private func ignoresSubresources(_ request: R2Request) -> Bool {
        switch self {
        case .headObject, .deleteObject: true
        case .putObject: request.method == "POST"
        default: false
        }
    }

    private var parameters: Set<String> {
        switch self {
        case .listObjects: ["prefix", "delimiter", "marker", "max-keys", "encoding-type"]
        case .listObjectsV2:
            [
                "list-type", "prefix", "delimiter", "continuation-token", "start-after", "max-keys", "encoding-type",
                "fetch-owner",
            ]
        case .listMultipartUploads:
            ["uploads", "prefix", "delimiter", "key-marker", "upload-id-marker", "max-uploads", "encoding-type"]
        case .getBucketLocation: ["location"]
        case .getObject: Set(R2ResponseOverrides.names)
        case .headObject: ["uploadId"]
        case .putObject, .copyObject: ["uploadId", "uploads"]
        case .createMultipartUpload: ["uploads"]
        case .uploadPart, .uploadPartCopy: ["uploadId", "partNumber"]
        case .completeMultipartUpload, .abortMultipartUpload: ["uploadId", "partNumber"]
        case .listParts: ["uploadId", "part-number-marker", "max-parts", "encoding-type"]
        case .listBuckets, .headBucket, .postBucket, .deleteObjects, .deleteObject: []
        }
    }

    // MARK: - What R2 knows by name and is not here

    private static func refusal(ofBucketChange request: R2Request) -> R2Failure {
        let method = request.method == "PUT" ? "Put" : "Delete"
        for item in request.target.query {
            guard let subject = changingBucket[item.name] else { continue }
            if method == "Put" || deletableConfigurations.contains(item.name) {
                return .notImplemented(
                    item.name == "lifecycle" && method == "Delete" ? "DeleteBucketLifecycle" : method + subject
                )
            }
        }
        let unknown = request.target.operativeQuery.map { "\"\($0.name)\"" }
        guard unknown.isEmpty else {
            return .invalidArgument(
                "Unsupported search param(s) \(unknown.joined(separator: ", ")) on a \(request.method) bucket route"
            )
        }
        return .notImplemented(method == "Put" ? "CreateBucket" : "DeleteBucket")
    }

    private static let objectSubresources: [String: [String: String]] = [
        "tagging": ["GET": "GetObjectTagging", "PUT": "PutObjectTagging"],
        "acl": ["GET": "GetObjectAcl", "PUT": "PutObjectAcl"],
        "attributes": ["GET": "GetObjectAttributes"],
        "torrent": ["GET": "GetObjectTorrent"],
        "retention": ["GET": "GetObjectRetention", "PUT": "PutObjectRetention"],
        "legal-hold": ["GET": "GetObjectLegalHold", "PUT": "PutObjectLegalHold"],
    ]

    private static let readingBucket: [String: String] = [
        "accelerate": "GetBucketAccelerateConfiguration",
        "acl": "GetBucketAcl",
        "analytics": "GetBucketAnalyticsConfiguration",
        "cors": "GetBucketCors",
        "encryption": "GetBucketEncryption",
        "intelligent-tiering": "GetBucketIntelligentTieringConfiguration",
        "inventory": "GetBucketInventoryConfiguration",
        "lifecycle": "GetBucketLifecycleConfiguration",
        "logging": "GetBucketLogging",
        "metrics": "GetBucketMetricsConfiguration",
        "notification": "GetBucketNotificationConfiguration",
        "object-lock": "GetObjectLockConfiguration",
        "ownershipControls": "GetBucketOwnershipControls",
        "policy": "GetBucketPolicy",
        // R2 spells it so.
        "policyStatus": "GetGetBucketPolicyStatus",
        "publicAccessBlock": "GetPublicAccessBlock",
        "replication": "GetBucketReplication",
        "requestPayment": "GetBucketRequestPayment",
        "tagging": "GetBucketTagging",
        "versioning": "GetBucketVersioning",
        "versions": "ListObjectVersions",
        "website": "GetBucketWebsite",
    ]

    private static let changingBucket: [String: String] = [
        "accelerate": "BucketAccelerateConfiguration",
        "acl": "BucketAcl",
        "analytics": "BucketAnalyticsConfiguration",
        "cors": "BucketCors",
        "encryption": "BucketEncryption",
        "intelligent-tiering": "BucketIntelligentTieringConfiguration",
        "inventory": "BucketInventoryConfiguration",
        "lifecycle": "BucketLifecycleConfiguration",
        "logging": "BucketLogging",
        "metrics": "BucketMetricsConfiguration",
        "notification": "BucketNotificationConfiguration",
        "object-lock": "ObjectLockConfiguration",
        "ownershipControls": "BucketOwnershipControls",
        "policy": "BucketPolicy",
        "publicAccessBlock": "PublicAccessBlock",
        "replication": "BucketReplication",
        "requestPayment": "BucketRequestPayment",
        "tagging": "BucketTagging",
        "versioning": "BucketVersioning",
        "website": "BucketWebsite",
    ]

    private static let deletableConfigurations: Set<String> = [
        "analytics", "cors", "encryption", "intelligent-tiering", "inventory", "lifecycle", "metrics",
        "ownershipControls", "policy", "replication", "tagging", "website",
    ]
}

/// The headers of an answer that the address of a read may set, mostly a presigned one.
enum R2ResponseOverrides {
    private static let prefix = "response-"
    private static let headers = [
        "content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding",
    ]

    static let names = headers.map { prefix + $0 }

    /// The headers by lower-case name.
    static func headers(of target: R2Target) -> [String: String] {
        var values: [String: String] = [:]
        for name in headers { values[name] = target.value(prefix + name) }
        return values
    }
}
