import IngotCore
import IngotS3

/// Which parts a client wants an object made of, and R2's rules for that.
struct MultipartCompletion: Equatable, Sendable {
    struct Part: Equatable, Sendable {
        var number: Int
        var etag: String
        /// What the client says of the part beside its hash, by the name of the element.
        var checksums: [String: String] = [:]
    }

    /// In the order in which they were named.
    var parts: [Part]

    /// Reads the body of the request.
    ///
    /// - Throws: ``R2Failure`` `MalformedXML` or `InvalidPart`.
    init(xml: [UInt8]) throws {
        var named: [Part] = []
        var (number, etag, checksums) = (Int?.none, String?.none, [String: String]())
        var isCompletion = false
        do {
            try FlatXML.read(xml) { path, text in
                switch path {
                case ["CompleteMultipartUpload"]: isCompletion = true
                case ["CompleteMultipartUpload", "Part", "PartNumber"]:
                    guard let value = Int(String(text[...].trimmingSpaces)) else { throw R2Failure.malformedXML }
                    number = value
                case ["CompleteMultipartUpload", "Part", "ETag"]:
                    etag = text.filter { $0 != "\"" }
                case ["CompleteMultipartUpload", "Part"]:
                    guard let known = number, let tag = etag else { throw R2Failure.malformedXML }
                    named.append(Part(number: known, etag: tag, checksums: checksums))
                    (number, etag, checksums) = (nil, nil, [:])
                default:
                    guard path.count == 3, path[1] == "Part", path[2].hasPrefix("Checksum") else {
                        throw R2Failure.malformedXML
                    }
                    checksums[path[2]] = text
                }
            }
        } catch {
            throw R2Failure.malformedXML
        }
        guard isCompletion, !named.isEmpty else { throw R2Failure.malformedXML }
        guard named.allSatisfy({ UploadedPart.numbers.contains($0.number) }) else { throw R2Failure.invalidPart }
        guard Set(named.map(\.number)).count == named.count else { throw R2Failure.badUpload }
        parts = named
    }

    /// The uploaded parts that the object is made of, in order.
    ///
    /// - Throws: ``R2Failure`` when one is not there or is another, and when their sizes do not fit together.
    func choose(from uploaded: [UploadedPart]) throws -> [UploadedPart] {
        let known = Dictionary(uploaded.map { ($0.number, $0) }) { $1 }
        let chosen = try parts.map { part in
            guard let match = known[part.number], match.etag == part.etag else { throw R2Failure.invalidPart }
            for (element, text) in part.checksums {
                guard let checksum = match.checksum, checksum.algorithm.element == element, checksum.text == text
                else { throw R2Failure.invalidPart }
            }
            return match
        }
        // First as they were named, where the last one may be short, then as they come in the object.
        guard chosen.dropLast().allSatisfy({ $0.size >= UploadedPart.minimumSize }) else {
            throw R2Failure.entityTooSmall
        }
        let sorted = chosen.sorted { $0.number < $1.number }
        if let first = sorted.first, let last = sorted.last, sorted.count > 1 {
            guard first.size >= UploadedPart.minimumSize, last.size <= first.size,
                sorted.dropLast().allSatisfy({ $0.size == first.size })
            else { throw R2Failure.badUpload }
        }
        guard sorted.reduce(0, { $0 + $1.size }) <= MultipartLimits.largestObject else {
            throw R2Failure.entityTooLarge
        }
        return sorted
    }

    /// The entity tag of an object in parts: the MD5 of the parts' MD5s, with the number of parts.
    static func etag(_ parts: [UploadedPart]) -> String {
        // The endpoint wrote the parts' tags itself, so each is hexadecimal.
        String.multipartTag(md5s: parts.map { bytes(ofHexadecimal: $0.etag) ?? [] })
    }
}
