import FoundationEssentials
import IngotCore
import IngotTesting
import Testing

@testable import IngotS3

/// One S3 request with the signature that a reference implementation and botocore agree on.
struct S3Vector: Sendable, Decodable, CustomTestStringConvertible {
    var name: String
    var method: String
    var scheme: String
    var host: String
    var decodedPath: String
    var encodedPath: String
    var decodedQuery: [[String]]
    var headers: [[String]]
    var accessKeyId: String
    var secretAccessKey: String
    var sessionToken: String?
    var region: String
    var service: String
    var amzDate: String
    var mode: String
    var payloadHash: String
    var canonicalRequest: String
    var stringToSign: String
    var signature: String
    var authorization: String?
    var url: String?
    var expires: Int64?

    var testDescription: String { name }

    private struct File: Decodable { var cases: [S3Vector] }

    static var all: [S3Vector] {
        guard let bytes = try? SharedFolder.bytes("data/sigv4/s3_vectors.json") else { return [] }
        return (try? SnakeCase.decoder.decode(File.self, from: Data(bytes)).cases) ?? []
    }
}

@Suite(
    "S3 requests as R2 sees them",
    .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout")
)
struct S3SigningVectors {
    @Test("All 34 cases are there")
    func count() { #expect(S3Vector.all.count == 34) }

    @Test("Signs as botocore does", arguments: S3Vector.all)
    func signs(_ vector: S3Vector) throws {
        #expect(PercentEncoding.encodePath(vector.decodedPath) == vector.encodedPath)
        let time = try #require(SigningTime(basic: vector.amzDate))
        let signature = SigV4(
            accessKeyID: vector.accessKeyId,
            secretAccessKey: Secret(vector.secretAccessKey),
            region: vector.region,
            service: vector.service
        )
        var request = CanonicalRequest(
            method: vector.method,
            path: vector.encodedPath,
            query: vector.decodedQuery.map { QueryItem($0[0], $0[1]) },
            headers: [("host", vector.host)] + vector.headers.map { ($0[0], $0[1]) },
            payloadHash: vector.payloadHash
        )
        if vector.mode == "presigned" {
            let url = try #require(vector.url)
            let query = signature.presignedQuery(
                for: request,
                at: time,
                lifetime: .seconds(try lifetime(vector)),
                sessionToken: vector.sessionToken
            )
            // The wire order of a query is free, and its signature is the same.
            #expect(query.hasSuffix("&X-Amz-Signature=\(vector.signature)"))
            let sent = url.split(separator: "?", maxSplits: 1)[1].split(separator: "&")
            #expect(Set(query.split(separator: "&")) == Set(sent))
        } else {
            request.headers += [("x-amz-content-sha256", vector.payloadHash), ("x-amz-date", vector.amzDate)]
            if let token = vector.sessionToken { request.headers.append(("x-amz-security-token", token)) }
            #expect(request.text == vector.canonicalRequest)
            #expect(signature.stringToSign(request, at: time) == vector.stringToSign)
            #expect(signature.authorization(for: request, at: time) == vector.authorization)
        }
    }

    private func lifetime(_ vector: S3Vector) throws -> Int64 {
        let line = vector.canonicalRequest.split(separator: "\n")[2]
        let item = try #require(line.split(separator: "&").first { $0.hasPrefix("X-Amz-Expires=") })
        return try #require(Int64(item.dropFirst("X-Amz-Expires=".count)))
    }

    @Test("HTTP dates read and write", arguments: [("Sun, 06 Nov 1994 08:49:37 GMT", Int64(784_111_777_000))])
    func dates(_ text: String, _ milliseconds: Int64) {
        #expect(HTTPDate.parse(text)?.millisecondsSinceEpoch == milliseconds)
        #expect(HTTPDate.text(Timestamp(millisecondsSinceEpoch: milliseconds)) == text)
        #expect(HTTPDate.text(Timestamp(millisecondsSinceEpoch: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test("Dates that are none", arguments: ["", "Sun, 06 Nov 1994", "Sunday, 06-Nov-94 08:49:37 GMT"])
    func noDates(_ text: String) { #expect(HTTPDate.parse(text) == nil) }
}
