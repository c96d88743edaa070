// The names are those of the vectors' own JSON.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import Crypto
import FoundationEssentials
import IngotCore
import IngotTesting
import Testing

@testable import IngotS3

/// One case of the signing test suite that AWS publishes (`awslabs/aws-c-auth`, `tests/aws-signing-test-suite/v4`).
struct OfficialCase: Sendable, CustomTestStringConvertible {
    static let folder = "data/sigv4/aws-signing-test-suite/v4"

    struct Context: Decodable {
        struct Credentials: Decodable {
            var accessKeyId: String
            var secretAccessKey: String
            var token: String?
        }

        var credentials: Credentials
        var expirationInSeconds: Int64
        var normalize: Bool
        var region: String
        var service: String
        var signBody: Bool
        var timestamp: String
        var omitSessionToken: Bool?
    }

    let name: String
    var testDescription: String { name }

    static var all: [OfficialCase] {
        guard let path = SharedFolder.path else { return [] }
        let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")
        return (names ?? []).sorted().map { OfficialCase(name: $0) }
    }

    func text(_ file: String) throws -> String { try SharedFolder.text("\(Self.folder)/\(name)/\(file)") }

    func context() throws -> Context {
        try SnakeCase.decoder.decode(
            Context.self,
            from: Data(try SharedFolder.bytes("\(Self.folder)/\(name)/context.json"))
        )
    }

    /// The unsigned request of the case.
    func request(_ context: Context) throws -> CanonicalRequest {
        let text = try text("request.txt")
        let halves = text.split(separator: "\n\n", maxSplits: 1)
        var lines = halves[0].split(separator: "\n")
        let first = lines.removeFirst()
        // METHOD, then a target that may hold spaces, then the version.
        let method = first.prefix { $0 != " " }
        let target = first.dropFirst(method.count + 1).dropLast(first.reversed().prefix { $0 != " " }.count + 1)
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = try #require(PercentEncoding.decode(parts[0]))
        let query = try (parts.count > 1 ? parts[1] : "").split(separator: "&").map { item in
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return QueryItem(
                try #require(PercentEncoding.decode(sides[0])),
                try #require(PercentEncoding.decode(sides.count > 1 ? sides[1] : ""))
            )
        }
        var headers: [(name: String, value: String)] = []
        for line in lines {
            if line.first == " " || line.first == "\t" {
                headers[headers.count - 1].value += line
            } else {
                let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                headers.append((String(sides[0]), String(sides[1])))
            }
        }
        let body = halves.count > 1 ? Array(halves[1].utf8) : []
        return CanonicalRequest(
            method: String(method),
            path: PercentEncoding.encodePath(context.normalize ? normalized(path) : path),
            query: query,
            headers: headers,
            payloadHash: hexadecimal(SHA256.hash(data: body))
        )
    }

    /// What services other than S3 do to a path before they sign it.
    private func normalized(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            if segment == ".." { _ = segments.popLast() } else if segment != "." { segments.append(segment) }
        }
        let isFolder = path.hasSuffix("/") && !segments.isEmpty
        return "/" + segments.joined(separator: "/") + (isFolder ? "/" : "")
    }
}

@Suite(
    "The signing suite that AWS publishes",
    .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout")
)
struct OfficialSigningSuite {
    @Test("All 38 cases are there")
    func count() { #expect(OfficialCase.all.count == 38) }

    @Test("Signs in the header", arguments: OfficialCase.all)
    func header(_ example: OfficialCase) throws {
        let context = try example.context()
        let time = try signingTime(context)
        var request = try example.request(context)
        request.headers.append(("x-amz-date", time.basic))
        if context.signBody { request.headers.append(("x-amz-content-sha256", request.payloadHash)) }
        if let token = context.credentials.token, context.omitSessionToken != true {
            request.headers.append(("x-amz-security-token", token))
        }
        let signature = signer(context)
        #expect(request.text == (try example.text("header-canonical-request.txt")))
        #expect(signature.stringToSign(request, at: time) == (try example.text("header-string-to-sign.txt")))
        let expected = try example.text("header-signature.txt")
        #expect(signature.signature(signature.stringToSign(request, at: time), at: time) == expected)
        let signed = try example.text("header-signed-request.txt")
        #expect(signed.contains("Authorization:\(signature.authorization(for: request, at: time))\n"))
        #expect(signature.isValid(expected, of: signature.stringToSign(request, at: time), at: time))
        for wrong in [
            "", String(expected.dropLast(2)), expected + "00", expected.uppercased(), String(expected.reversed()),
        ] {
            #expect(!signature.isValid(wrong, of: signature.stringToSign(request, at: time), at: time))
        }
        #expect(!signature.isValid("x" + expected.dropFirst(), of: signature.stringToSign(request, at: time), at: time))
    }

    @Test("Signs in the query", arguments: OfficialCase.all)
    func query(_ example: OfficialCase) throws {
        let context = try example.context()
        let time = try signingTime(context)
        let request = try example.request(context)
        let token = context.omitSessionToken == true ? nil : context.credentials.token
        let query = signer(context).presignedQuery(
            for: request,
            at: time,
            lifetime: .seconds(context.expirationInSeconds),
            sessionToken: token
        )
        #expect(query.hasSuffix("&X-Amz-Signature=\(try example.text("query-signature.txt"))"))
        let canonical = try example.text("query-canonical-request.txt").split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        #expect(query.hasPrefix(canonical[2] + "&X-Amz-Signature="))
    }

    private func signer(_ context: OfficialCase.Context) -> SigV4 {
        SigV4(
            accessKeyID: context.credentials.accessKeyId,
            secretAccessKey: Secret(context.credentials.secretAccessKey),
            region: context.region,
            service: context.service
        )
    }

    private func signingTime(_ context: OfficialCase.Context) throws -> SigningTime {
        let text = context.timestamp.filter { $0 != "-" && $0 != ":" }
        return try #require(SigningTime(basic: text))
    }
}
