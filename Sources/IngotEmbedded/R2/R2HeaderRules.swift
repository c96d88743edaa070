/// Which headers R2 refuses in which operation.
///
/// Any other `x-amz-` header is passed over, as R2 does.
enum R2HeaderRules {
    private static let canned: Set<String> = [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
        "bucket-owner-full-control",
    ]
    private static let never = ["x-amz-expected-bucket-owner", "x-amz-request-payer"]
    private static let notOnWrites = [
        "x-amz-tagging", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write",
        "x-amz-grant-write-acp", "x-amz-website-redirect-location", "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold",
        "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-context",
        "x-amz-server-side-encryption-bucket-key-enabled",
    ]
    private static let notOnDeletions = ["x-amz-mfa", "x-amz-bypass-governance-retention"]
    private static let notOnCopies = [
        "x-amz-source-expected-bucket-owner", "x-amz-tagging-directive", "x-amz-checksum-algorithm",
        // Conditions on what a copy replaces: to ignore them would lose the object that they protect.
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since",
        "cf-copy-destination-if-match", "cf-copy-destination-if-none-match",
        "cf-copy-destination-if-modified-since", "cf-copy-destination-if-unmodified-since",
    ]
    private static let notOnPartCopies = [
        "x-amz-source-expected-bucket-owner", "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-modified-since", "x-amz-copy-source-if-unmodified-since",
    ]

    /// - Throws: ``R2Failure``.
    static func check(_ request: R2Request, for operation: R2Operation) throws {
        for name in never + refused(in: operation) {
            if let value = request.header(name) { throw R2Failure.notImplemented(header: name, value) }
        }
        switch operation {
        case .putObject, .copyObject, .createMultipartUpload: try checkWrite(request)
        default: break
        }
        switch operation {
        case .getObject, .headObject: try checkOwnKeys(request, prefixes: ["x-amz-"], isRead: true)
        case .copyObject, .uploadPartCopy:
            try checkOwnKeys(request, prefixes: ["x-amz-", "x-amz-copy-source-"], isRead: false)
        case .putObject, .createMultipartUpload, .uploadPart:
            try checkOwnKeys(request, prefixes: ["x-amz-"], isRead: false)
        default: break
        }
    }

    private static func refused(in operation: R2Operation) -> [String] {
        switch operation {
        case .putObject, .createMultipartUpload: notOnWrites
        case .copyObject: notOnWrites + notOnCopies
        case .uploadPart: ["x-amz-server-side-encryption"]
        case .uploadPartCopy: notOnPartCopies
        // To ignore a condition would delete the object that it protects.
        case .deleteObject: notOnDeletions + ["if-match", "x-amz-if-match-size", "x-amz-if-match-last-modified-time"]
        case .deleteObjects: notOnDeletions
        case .completeMultipartUpload:
            ["crc32", "crc32c", "crc64nvme", "sha1", "sha256", "type"].map { "x-amz-checksum-\($0)" }
                + ["x-amz-mp-object-size"]
        default: []
        }
    }

    private static func checkWrite(_ request: R2Request) throws {
        // R2 encrypts everything so, and has no lists of who may do what.
        let encryption = "x-amz-server-side-encryption"
        if let value = request.header(encryption), value != "AES256" {
            throw R2Failure.notImplemented(header: encryption, value)
        }
        if let value = request.header("x-amz-acl"), !canned.contains(value) {
            throw R2Failure.notImplemented(header: "x-amz-acl", value)
        }
        if let value = request.header(R2Metadata.storageClass), value != "STANDARD", value != "STANDARD_IA" {
            throw R2Failure.invalidStorageClass
        }
        if let value = request.header("content-encoding"),
            value.split(separator: ",").contains(where: { $0.trimmingSpaces == "aws-chunked" })
        {
            throw R2Failure.notImplemented(header: "content-encoding", value)
        }
    }

    /// Encryption with keys that the client brings.
    private static func checkOwnKeys(_ request: R2Request, prefixes: [String], isRead: Bool) throws {
        for prefix in prefixes {
            let name = "\(prefix)server-side-encryption-customer-"
            let (algorithm, key, hash) = (
                request.header("\(name)algorithm"), request.header("\(name)key"), request.header("\(name)key-md5")
            )
            if algorithm == nil, key == nil, hash == nil { continue }
            let lacking =
                key == nil
                ? "an appropriate secret key"
                : hash == nil
                    ? "the client calculated MD5 of the secret key"
                    : algorithm == nil ? "a valid encryption algorithm" : nil
            if let lacking {
                throw R2Failure.invalidArgument(
                    "Requests specifying Server Side Encryption with Customer provided keys must provide \(lacking)."
                )
            }
            guard let algorithm, algorithm == "AES256" else {
                throw R2Failure(
                    status: 400,
                    code: "InvalidEncryptionAlgorithmError",
                    message: "The encryption request that you specified is not valid. The valid value is AES256."
                )
            }
            if isRead {
                throw R2Failure.invalidRequest("The encryption parameters are not applicable to this object.")
            }
            throw R2Failure.notImplemented(header: "\(name)algorithm", algorithm)
        }
    }
}
