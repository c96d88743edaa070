import IngotCore

/// A `ListParts` request and its answer
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>).
struct R2PartListing {
    private let bucket: String
    private let marker: Int
    private let size: R2PageSize
    private let encoding: R2KeyEncoding

    /// - Throws: ``R2Failure``.
    init(bucket: String, target: R2Target) throws {
        self.bucket = bucket
        size = try R2PageSize(target.value("max-parts"))
        encoding = try R2KeyEncoding(target.value("encoding-type"))
        let text = target.value("part-number-marker") ?? "0"
        guard let marker = Int(text), marker >= 0 else {
            throw R2Failure.invalidArgument("part-number-marker must be an integer that is not negative")
        }
        self.marker = min(marker, UploadedPart.numbers.upperBound)
    }

    /// Reads the page and writes it as XML.
    func answer(of upload: MultipartUpload, from index: ObjectIndex) async throws -> String {
        let found = try await index.parts(of: upload.id, after: marker, limit: size.limit + 1)
        let page = found.prefix(size.limit)
        let isTruncated = found.count > page.count
        var xml = R2XML.element("Bucket", bucket)
        xml += R2XML.element("Key", encoding.write(upload.key))
        xml += R2XML.element("UploadId", upload.id)
        xml += R2XML.element("PartNumberMarker", String(marker))
        if isTruncated { xml += R2XML.element("NextPartNumberMarker", page.last.map { String($0.number) }) }
        xml += R2XML.element("MaxParts", String(size.requested))
        if encoding == .url { xml += R2XML.element("EncodingType", "url") }
        xml += R2XML.element("IsTruncated", isTruncated ? "true" : "false")
        for part in page {
            xml += "<Part>"
            xml += R2XML.element("PartNumber", String(part.number))
            xml += R2XML.element("LastModified", part.modified.description)
            xml += R2XML.element("ETag", "\"\(part.etag)\"")
            xml += R2XML.element("Size", String(part.size))
            if let checksum = part.checksum { xml += R2XML.element(checksum.algorithm.element, checksum.text) }
            xml += "</Part>"
        }
        xml += R2XML.element("StorageClass", upload.headers[R2Metadata.storageClass] ?? "STANDARD")
        return R2XML.document("ListPartsResult", xml)
    }
}
