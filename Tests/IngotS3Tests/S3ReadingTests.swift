import IngotCore
import Testing

@testable import IngotS3

@Suite("What the S3 client reads")
struct S3ReadingTests {
    @Test("A listing reads, with its encoded keys")
    func listing() throws {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <Name>b</Name><Contents><Key>a%2Fb%20%2B</Key><LastModified>2026-03-01T09:30:00.125Z</LastModified>\
            <Size>12</Size><ETag>&quot;abc&quot;</ETag></Contents>\
            <Contents><Key>c</Key><LastModified>2026-03-01T09:30:00Z</LastModified><Size>1</Size></Contents>\
            <Contents><Key>d+e</Key><Size>1</Size></Contents>\
            <IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
            <EncodingType>url</EncodingType></ListBucketResult>
            """
        let result = try ListResult.parse(Array(xml.utf8))
        #expect(
            result.objects == [
                ObjectInfo(
                    key: "a/b +",
                    size: 12,
                    etag: "abc",
                    lastModified: Timestamp("2026-03-01T09:30:00.125Z")
                ),
                ObjectInfo(key: "c", size: 1, etag: "", lastModified: Timestamp("2026-03-01T09:30:00.000Z")),
                ObjectInfo(key: "d e", size: 1, etag: ""),
            ]
        )
        #expect(result.isTruncated && result.nextToken == "t")
    }

    @Test(
        "What is no listing is refused",
        arguments: [
            "", "<html/>", "<ListBucketResult><Contents></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult/>", "<ListBucketResult>",
            String(repeating: "<a>", count: 20) + String(repeating: "</a>", count: 20),
        ]
    )
    func refusals(_ xml: String) {
        #expect(throws: ObjectStoreError.self) { try ListResult.parse(Array(xml.utf8)) }
    }

    @Test("One key is written by one request at a time, others go on, and the number of requests is bounded")
    func gate() async throws {
        let gate = CallGate(limit: 3)
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let key = index.isMultiple(of: 2) ? "same" : nil
                    try await gate.run(writing: key) {
                        await counts.enter(key)
                        await Task.yield()
                        await counts.leave(key)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await counts.most == 3)
        #expect(await counts.mostOfKey == 1)
    }

    actor Counts {
        private var all = 0
        private var ofKey = 0
        private(set) var most = 0
        private(set) var mostOfKey = 0

        func enter(_ key: String?) {
            all += 1
            if key != nil { ofKey += 1 }
            most = max(most, all)
            mostOfKey = max(mostOfKey, ofKey)
        }

        func leave(_ key: String?) {
            all -= 1
            if key != nil { ofKey -= 1 }
        }
    }
}
