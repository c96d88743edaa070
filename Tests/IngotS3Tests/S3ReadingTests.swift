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
        let room = Room()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let key = index.isMultiple(of: 2) ? "same" : nil
                    try await gate.run(writing: key) {
                        await room.enter(key)
                        await room.leave(key)
                    }
                }
            }
            // All have asked, and nobody who was let in has gone.
            while await room.count + gate.waiting < 60 { await Task.yield() }
            #expect(await room.count == 3)
            #expect(await room.writers["same", default: 0] <= 1)
            await room.open()
            try await group.waitForAll()
        }
        #expect(await room.most == 3)
        #expect(await room.mostOfKey == 1)
        #expect(await gate.waiting == 0)
    }

    @Test("Two keys that look the same are two keys")
    func keysThatLookTheSame() async throws {
        let gate = CallGate(limit: 3)
        let room = Room()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in ["caf\u{E9}", "cafe\u{301}"] {
                group.addTask {
                    try await gate.run(writing: key) {
                        await room.enter(nil)
                        await room.leave(nil)
                    }
                }
            }
            while await room.count + gate.waiting < 2 { await Task.yield() }
            #expect(await room.count == 2)
            await room.open()
            try await group.waitForAll()
        }
    }

    /// Holds who comes in until it is opened, and counts.
    actor Room {
        private(set) var count = 0
        private(set) var writers: [String: Int] = [:]
        private(set) var most = 0
        private(set) var mostOfKey = 0
        private var isOpen = false
        private var held: [CheckedContinuation<Void, Never>] = []

        func enter(_ key: String?) async {
            count += 1
            most = max(most, count)
            if let key {
                writers[key, default: 0] += 1
                mostOfKey = max(mostOfKey, writers[key, default: 0])
            }
            if isOpen { await Task.yield() } else { await withCheckedContinuation { held.append($0) } }
        }

        func leave(_ key: String?) {
            count -= 1
            if let key { writers[key, default: 0] -= 1 }
        }

        func open() {
            isOpen = true
            for continuation in held { continuation.resume() }
            held = []
        }
    }
}
