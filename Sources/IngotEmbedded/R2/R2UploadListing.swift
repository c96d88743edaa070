import IngotCore

/// A `ListMultipartUploads` request and its answer
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>).
struct R2UploadListing {
    private let bucket: String
    private let grouping: R2KeyGrouping
    private let keyMarker: String
    /// Means nothing without a marker of keys.
    private let idMarker: String?
    private let size: R2PageSize
    private let encoding: R2KeyEncoding

    /// - Throws: ``R2Failure``.
    init(bucket: String, target: R2Target) throws {
        self.bucket = bucket
        grouping = R2KeyGrouping(prefix: target.value("prefix") ?? "", delimiter: target.value("delimiter") ?? "")
        keyMarker = target.value("key-marker") ?? ""
        idMarker = keyMarker.isEmpty ? nil : target.value("upload-id-marker").flatMap { $0.isEmpty ? nil : $0 }
        size = try R2PageSize(target.value("max-uploads"))
        encoding = try R2KeyEncoding(target.value("encoding-type"))
    }

    /// Reads the page and writes it as XML.
    func answer(from index: ObjectIndex) async throws -> String {
        var uploads: [MultipartUpload] = []
        var commonPrefixes: [String] = []
        var (key, id, includesBound) = (keyMarker, idMarker, false)
        if grouping.commonPrefix(of: keyMarker) == keyMarker, let end = KeyOrder.successor(ofPrefix: keyMarker) {
            (key, id, includesBound) = (end, nil, true)
        }
        var next: (key: String, id: String)?
        var isTruncated = false
        var ahead = R2ReadAhead()
        reading: while true {
            let limit = ahead.limit(size.limit - uploads.count - commonPrefixes.count + 1)
            let found = try await index.uploads(
                prefix: grouping.prefix,
                after: key,
                id: id,
                includingBound: includesBound,
                limit: limit
            )
            var jumped = false
            for row in found {
                if uploads.count + commonPrefixes.count == size.limit {
                    isTruncated = true
                    break reading
                }
                if let common = grouping.commonPrefix(of: try row.string("key")) {
                    commonPrefixes.append(common)
                    next = (common, "")
                    guard let end = KeyOrder.successor(ofPrefix: common) else { break reading }
                    (key, id, includesBound, jumped) = (end, nil, true, true)
                    break
                }
                let upload = try index.upload(row)
                uploads.append(upload)
                next = (upload.key, upload.id)
                (key, id, includesBound) = (upload.key, upload.id, false)
            }
            if jumped {
                ahead.sawCommonPrefix()
            } else {
                guard found.count == limit else { break }
                ahead.sawNone()
            }
        }
        return xml(uploads, commonPrefixes, next: isTruncated ? next : nil, isTruncated: isTruncated)
    }

    private func xml(
        _ uploads: [MultipartUpload],
        _ commonPrefixes: [String],
        next: (key: String, id: String)?,
        isTruncated: Bool
    ) -> String {
        var xml = R2XML.element("Bucket", bucket)
        xml += R2XML.element("KeyMarker", encoding.write(keyMarker))
        xml += R2XML.element("UploadIdMarker", idMarker ?? "")
        xml += R2XML.element("NextKeyMarker", next.map { encoding.write($0.key) })
        xml += R2XML.element("NextUploadIdMarker", next?.id)
        xml += R2XML.element("Prefix", encoding.write(grouping.prefix))
        if !grouping.delimiter.isEmpty { xml += R2XML.element("Delimiter", encoding.write(grouping.delimiter)) }
        if encoding == .url { xml += R2XML.element("EncodingType", "url") }
        xml += R2XML.element("MaxUploads", String(size.requested))
        xml += R2XML.element("IsTruncated", isTruncated ? "true" : "false")
        for upload in uploads {
            xml += "<Upload>"
            xml += R2XML.element("Key", encoding.write(upload.key))
            xml += R2XML.element("UploadId", upload.id)
            xml += R2XML.element("StorageClass", upload.headers[R2Metadata.storageClass] ?? "STANDARD")
            xml += R2XML.element("Initiated", upload.started.description)
            xml += "</Upload>"
        }
        for common in commonPrefixes {
            xml += "<CommonPrefixes>\(R2XML.element("Prefix", encoding.write(common)))</CommonPrefixes>"
        }
        return R2XML.document("ListMultipartUploadsResult", xml)
    }
}
