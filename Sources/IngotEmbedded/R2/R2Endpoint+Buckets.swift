import Hummingbird
import IngotCore
import IngotS3

/// The operations on the account and on the bucket.
extension R2Endpoint {
    private static let keysPerDeletion = 1...1000

    func listBuckets() -> Response {
        let list = "<Bucket>\(R2XML.element("Name", bucket))</Bucket>"
        return respond(
            xml: R2XML.document("ListAllMyBucketsResult", "<Owner><ID>ingot</ID></Owner><Buckets>\(list)</Buckets>")
        )
    }

    func listObjects(_ call: Call) async throws -> Response {
        let listing = try R2Listing(bucket: bucket, target: call.request.target)
        return respond(xml: try await objects.naming(nil) { try await listing.answer(from: objects.index) })
    }

    func listUploads(_ call: Call) async throws -> Response {
        let listing = try R2UploadListing(bucket: bucket, target: call.request.target)
        return respond(xml: try await objects.naming(nil) { try await listing.answer(from: objects.index) })
    }

    func deleteObjects(_ call: Call) async throws -> Response {
        let keys = try Self.keys(toDelete: try await document(of: call))
        try await objects.naming(nil) { try await objects.remove(keys) }
        let deleted = keys.map { "<Deleted>\(R2XML.element("Key", $0))</Deleted>" }.joined()
        return respond(xml: R2XML.document("DeleteResult", deleted))
    }

    private static func keys(toDelete xml: [UInt8]) throws -> [String] {
        var keys: [String] = []
        var objects = 0
        do {
            try FlatXML.read(xml) { path, text in
                switch path {
                case ["Delete", "Object", "Key"]: keys.append(text)
                case ["Delete", "Object"]:
                    objects += 1
                    guard keys.count == objects else { throw R2Failure.malformedXML }
                // Looked at and otherwise passed over, as on R2.
                case ["Delete", "Quiet"]: if text != "true" && text != "false" { throw R2Failure.malformedXML }
                case ["Delete"]: break
                default: throw R2Failure.malformedXML
                }
            }
        } catch {
            throw R2Failure.malformedXML
        }
        guard keysPerDeletion.contains(keys.count) else { throw R2Failure.malformedXML }
        return keys
    }
}
