import Crypto
import IngotCore
import IngotS3
import IngotTesting
import Testing

@testable import IngotEmbedded

@Suite("Listings of the embedded R2")
struct R2ListingTests {
    let folder: TemporaryFolder
    let objects: EmbeddedObjects

    init() async throws {
        folder = try TemporaryFolder()
        objects = try EmbeddedObjects(folder: folder.path("r2"))
        for key in ["a", "b/1", "b/2", "b/c/3", "b0", "c+d e", "z&<>"] {
            let body = ObjectBody(bytes: [1], sha256: hexadecimal(SHA256.hash(data: [UInt8(1)])))
            try await objects.put(key, body, contentType: "x/y", onlyIfAbsent: false)
        }
    }

    private struct Page {
        var keys: [String] = []
        var prefixes: [String] = []
        var values: [String: String] = [:]
    }

    private func page(_ query: String, version: Int = 2) async throws -> Page {
        let listing = try R2Listing(
            bucket: "bucket",
            target: R2Target("/bucket?\(version == 2 ? "list-type=2" : "")\(query)")
        )
        let xml = try await listing.answer(from: objects.index)
        var page = Page()
        try FlatXML.read(Array(xml.utf8)) { path, text in
            switch path.dropFirst() {
            case ["Contents", "Key"]: page.keys.append(text)
            case ["CommonPrefixes", "Prefix"]: page.prefixes.append(text)
            default: if path.count == 2 { page.values[path[1]] = text }
            }
        }
        return page
    }

    @Test("All keys in order")
    func all() async throws {
        let page = try await page("")
        #expect(page.keys == ["a", "b/1", "b/2", "b/c/3", "b0", "c+d e", "z&<>"])
        #expect(page.values["KeyCount"] == "7" && page.values["IsTruncated"] == "false")
        #expect(page.values["NextContinuationToken"] == nil)
    }

    @Test("A delimiter folds what lies below it", arguments: [1, 2, 3, 1000])
    func delimiter(_ size: Int) async throws {
        var keys: [String] = []
        var prefixes: [String] = []
        var token = ""
        repeat {
            let page = try await page("&delimiter=/&max-keys=\(size)\(token)")
            #expect(page.keys.count + page.prefixes.count <= size)
            keys += page.keys
            prefixes += page.prefixes
            token = page.values["NextContinuationToken"].map { "&continuation-token=\($0)" } ?? ""
        } while !token.isEmpty
        #expect(keys == ["a", "b0", "c+d e", "z&<>"])
        #expect(prefixes == ["b/"])
    }

    @Test("Common prefixes and long runs of keys come as they do one by one", arguments: [1, 3, 7, 50, 1000])
    func folding(_ size: Int) async throws {
        var keys: [String] = []
        for group in 0..<12 {
            for number in 0..<5 { keys.append("m\(group + 10)/\(number)") }
            for number in 0..<group * 3 { keys.append("m\(group + 10)x\(number + 100)") }
        }
        for key in keys {
            let body = ObjectBody(bytes: [1], sha256: hexadecimal(SHA256.hash(data: [UInt8(1)])))
            try await objects.put(key, body, contentType: "x/y", onlyIfAbsent: false)
        }
        var found = Page()
        var token = ""
        repeat {
            let page = try await page("&prefix=m&delimiter=/&max-keys=\(size)\(token)")
            #expect(page.keys.count + page.prefixes.count <= size)
            found.keys += page.keys
            found.prefixes += page.prefixes
            token = page.values["NextContinuationToken"].map { "&continuation-token=\($0)" } ?? ""
        } while !token.isEmpty
        #expect(found.keys == keys.filter { !$0.contains("/") }.sorted())
        #expect(found.prefixes == (10..<22).map { "m\($0)/" })
    }

    @Test("Few rows are read after a common prefix, and more and more while none comes")
    func readAhead() {
        var ahead = R2ReadAhead()
        #expect(ahead.limit(1001) == 1001)
        ahead.sawCommonPrefix()
        #expect(ahead.limit(1001) == 4)
        ahead.sawNone()
        #expect(ahead.limit(1001) == 8 && ahead.limit(5) == 5)
        for _ in 0..<100 { ahead.sawNone() }
        #expect(ahead.limit(1001) == 1001)
        ahead.sawCommonPrefix()
        #expect(ahead.rows == R2ReadAhead.fewest)
    }

    @Test("A prefix with a delimiter goes one level down, and start-after skips")
    func prefix() async throws {
        let below = try await page("&prefix=b/&delimiter=/")
        #expect(below.keys == ["b/1", "b/2"] && below.prefixes == ["b/c/"])
        #expect(try await page("&prefix=b/&start-after=b/1").keys == ["b/2", "b/c/3"])
    }

    @Test("Sizes of pages as R2 takes them")
    func maxKeys() async throws {
        #expect(try await page("&max-keys=0").keys.isEmpty)
        let large = try await page("&max-keys=5000")
        #expect(large.keys.count == 7 && large.values["MaxKeys"] == "5000")
        #expect(try await page("&max-keys=2.9").keys.count == 2)
        for query in ["&max-keys=", "&max-keys=x", "&max-keys=-1"] {
            let failure = await #expect(throws: R2Failure.self) { try await page(query) }
            #expect(failure?.code == "InvalidMaxKeys")
        }
    }

    @Test("Keys are escaped for XML, or encoded on request")
    func encoding() async throws {
        let page = try await page("&encoding-type=url&prefix=c")
        #expect(page.keys == ["c%2Bd%20e"] && page.values["EncodingType"] == "url")
    }

    @Test("An empty page says whether there is something")
    func emptyPage() async throws {
        let zero = try await page("&max-keys=0")
        #expect(zero.keys.isEmpty && zero.values["IsTruncated"] == "true" && zero.values["MaxKeys"] == "0")
        #expect(zero.values["NextContinuationToken"] == nil && zero.values["KeyCount"] == "0")
        #expect(try await page("&max-keys=0&prefix=x").values["IsTruncated"] == "false")
    }

    @Test("What was asked for is repeated, encoded on request")
    func echoes() async throws {
        let page = try await page("&prefix=b/&delimiter=/&start-after=b/1&max-keys=1&encoding-type=url")
        #expect(page.values["Prefix"] == "b%2F" && page.values["Delimiter"] == "%2F")
        #expect(page.values["StartAfter"] == "b%2F1" && page.values["MaxKeys"] == "1")
        #expect(page.keys == ["b%2F2"] && page.values["KeyCount"] == "1" && page.values["Name"] == "bucket")
        let token = try #require(page.values["NextContinuationToken"])
        let next = try await self.page("&prefix=b/&delimiter=/&continuation-token=\(token)")
        #expect(next.prefixes == ["b/c/"] && next.values["KeyCount"] == "1")
        #expect(next.values["ContinuationToken"] == token && next.values["NextContinuationToken"] == nil)
    }

    @Test("The first version of listings goes on from markers", arguments: [1, 2, 3, 1000])
    func firstVersion(_ size: Int) async throws {
        for delimiter in ["", "/"] {
            var (keys, prefixes) = ([String](), [String]())
            var marker = ""
            while true {
                let page = try await page("&delimiter=\(delimiter)&max-keys=\(size)&marker=\(marker)", version: 1)
                #expect(page.keys.count + page.prefixes.count <= size)
                #expect(page.values["Marker"].map(PercentEncoding.encode) == marker)
                #expect(page.values["KeyCount"] == nil && page.values["NextContinuationToken"] == nil)
                keys += page.keys
                prefixes += page.prefixes
                guard page.values["IsTruncated"] == "true" else {
                    #expect(page.values["NextMarker"] == nil)
                    break
                }
                #expect((page.values["NextMarker"] != nil) == !delimiter.isEmpty)
                marker = PercentEncoding.encode(try #require(page.values["NextMarker"] ?? page.keys.last))
            }
            let all = ["a", "b/1", "b/2", "b/c/3", "b0", "c+d e", "z&<>"]
            #expect(keys == (delimiter.isEmpty ? all : all.filter { !$0.contains("/") }))
            #expect(prefixes == (delimiter.isEmpty ? [] : ["b/"]))
        }
    }

    @Test("An encoding that R2 does not know is 501", arguments: ["&encoding-type=x", "&encoding-type="])
    func notImplemented(_ query: String) async {
        let failure = await #expect(throws: R2Failure.self) { try await page(query) }
        #expect(failure?.status == 501)
    }

    @Test("A token that is none is refused", arguments: ["x", "3", "zz", "41"])
    func badToken(_ token: String) async {
        let failure = await #expect(throws: R2Failure.self) { try await page("&continuation-token=\(token)") }
        #expect(failure?.code == "InvalidArgument")
    }
}
