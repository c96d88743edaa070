import IngotCore
import IngotS3
import Testing

@testable import IngotEmbedded

@Suite("The embedded R2 checks signatures as R2 does")
struct R2AuthenticationTests {
    let authentication = R2Authentication(accessKeyID: "id", secretAccessKey: Secret("secret"))
    let signer = SigV4(accessKeyID: "id", secretAccessKey: Secret("secret"))
    let now = Timestamp(millisecondsSinceEpoch: 1_772_357_400_000)

    /// A request that passes, signed over its headers as they are here.
    private func signed(
        at time: Timestamp? = nil,
        signer: SigV4? = nil,
        payload: String = SigV4.emptyPayload,
        signsHost: Bool = true
    ) throws -> R2Request {
        let signer = signer ?? self.signer
        let time = SigningTime(time ?? now)
        var headers = [(name: "x-amz-content-sha256", value: payload), (name: "x-amz-date", value: time.basic)]
        if signsHost { headers.append(("host", "127.0.0.1:1")) }
        let canonical = CanonicalRequest(method: "GET", path: "/b/k%20", headers: headers, payloadHash: payload)
        return R2Request(
            method: "GET",
            target: try R2Target("/b/k%20"),
            headers: headers + [("authorization", signer.authorization(for: canonical, at: time))]
        )
    }

    private func failure(_ request: R2Request) -> R2Failure? {
        #expect(throws: R2Failure.self) { try authentication.check(request, now: now) }
    }

    @Test("A right signature passes and says what it covers", arguments: ["auto", "us-east-1", ""])
    func passes(_ region: String) throws {
        let signer = SigV4(accessKeyID: "id", secretAccessKey: Secret("secret"), region: region)
        #expect(try authentication.check(signed(signer: signer), now: now) == .sha256(SigV4.emptyPayload))
        let unsigned = try signed(signer: signer, payload: SigV4.unsignedPayload)
        #expect(try authentication.check(unsigned, now: now) == .unsigned)
    }

    @Test("Each mistake gets its own answer, the first in R2's order")
    func order() throws {
        var request = try signed()
        request.headers = [("host", "127.0.0.1:1")]
        #expect(failure(request) == .invalidArgument("Authorization"))

        request.headers.append(("authorization", "Basic x"))
        #expect(failure(request) == .invalidRequest("Missing x-amz-content-sha256"))

        request.headers.append(("x-amz-content-sha256", SigV4.emptyPayload))
        #expect(failure(request)?.code == "InvalidArgument")

        request.headers.append(("x-amz-date", SigningTime(now.advanced(by: .seconds(-901))).basic))
        #expect(failure(request)?.code == "RequestTimeTooSkewed")

        request.headers[3].value = SigningTime(now).basic
        #expect(failure(request) == .invalidRequest("Please use AWS4-HMAC-SHA256"))

        request.headers[1].value = "AWS4-HMAC-SHA256 Credential=id/20260301/auto/s3/aws4_request"
        #expect(failure(request) == .wrongScheme)
    }

    @Test("Streaming signatures are not implemented, as on R2")
    func streaming() throws {
        let request = try signed(payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        #expect(failure(request)?.status == 501)
    }

    @Test("An unknown key id and an unsigned host are 401, a wrong secret 403 with what was signed")
    func credentials() throws {
        let other = SigV4(accessKeyID: "other", secretAccessKey: Secret("secret"))
        #expect(failure(try signed(signer: other)) == .unauthorized)
        #expect(failure(try signed(signsHost: false)) == .unauthorized)
        let wrong = SigV4(accessKeyID: "id", secretAccessKey: Secret("wrong"))
        let answer = failure(try signed(signer: wrong))
        #expect(answer?.status == 403 && answer?.code == "SignatureDoesNotMatch")
        #expect(answer?.details.map(\.name).contains("CanonicalRequest") == true)
        #expect(answer?.xml.contains("xmlns") == false)
        let service = SigV4(accessKeyID: "id", secretAccessKey: Secret("secret"), service: "d1")
        #expect(failure(try signed(signer: service))?.code == "InvalidArgument")
    }

    @Test("A changed header, method, path or query does not pass")
    func tampering() throws {
        for change: (inout R2Request) throws -> Void in [
            { $0.method = "PUT" }, { $0.target = try R2Target("/b/k%20x") },
            { $0.target = try R2Target("/b/k%20?a=b") },
            { $0.headers[0].value = SigV4.unsignedPayload }, { $0.headers[2].value = "127.0.0.1:2" },
        ] {
            var request = try signed()
            try change(&request)
            #expect(failure(request)?.code == "SignatureDoesNotMatch")
        }
    }

    @Test("Presigned addresses live as long as they say, up to a week")
    func presigned() throws {
        func request(_ lifetime: Int64, age: Int64) throws -> R2Request {
            let canonical = CanonicalRequest(
                method: "GET",
                path: "/b/k",
                headers: [("host", "h")],
                payloadHash: SigV4.unsignedPayload
            )
            let query = signer.presignedQuery(
                for: canonical,
                at: SigningTime(now.advanced(by: .seconds(-age))),
                lifetime: .seconds(lifetime)
            )
            return R2Request(
                method: "GET",
                target: try R2Target("/b/k?\(query)"),
                headers: [("host", "h")]
            )
        }
        #expect(try authentication.check(request(60, age: 59), now: now) == .unsigned)
        #expect(failure(try request(60, age: 61))?.code == "ExpiredRequest")
        #expect(failure(try request(604_801, age: 0))?.code == "InvalidArgument")
        #expect(failure(try request(60, age: -1000))?.code == "RequestTimeTooSkewed")
    }
}

@Suite("What the embedded R2 reads from requests")
struct R2ReadingTests {
    @Test(
        "Ranges",
        arguments: [
            ("bytes=0-9", 0..<10), ("bytes=5-", 5..<100), ("bytes=-5", 95..<100), ("bytes=90-200", 90..<100),
            ("bytes=-500", 0..<100),
        ] as [(String, Range<Int64>)]
    )
    func ranges(_ header: String, _ range: Range<Int64>) throws {
        #expect(try R2Range.bytes(header, of: 100) == range)
    }

    @Test(
        "Ranges that are malformed, and those beyond the object",
        arguments: [
            ("bytes=a-", 400), ("bytes=5-4", 400), ("bytes=0-1,3-4", 400), ("items=0-1", 400), ("bytes=-", 400),
            ("bytes=100-", 416), ("bytes=-0", 416),
        ]
    )
    func badRanges(_ header: String, _ status: Int) {
        let failure = #expect(throws: R2Failure.self) { try R2Range.bytes(header, of: 100) }
        #expect(failure?.status == status)
        #expect(throws: R2Failure.invalidRange) { try R2Range.bytes("bytes=0-", of: 0) }
    }

    @Test(
        "Paths keep what they hold",
        arguments: [("/b/a//b/../c", "a//b/../c"), ("/b/a%2Fb+%20", "a/b+ "), ("/b", "")]
    )
    func targets(_ path: String, _ key: String) throws {
        let target = try R2Target(path)
        #expect(target.bucket == "b" && target.key == key && target.rawPath == path)
    }

    @Test("Escapes that cannot be read are refused", arguments: ["/b/%", "/b/%zz", "/b/%ff", "/b?a=%f"])
    func badTargets(_ path: String) { #expect(throws: R2Failure.self) { try R2Target(path) } }
}
