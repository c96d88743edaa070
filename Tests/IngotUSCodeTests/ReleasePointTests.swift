import FoundationEssentials
import IngotCore
import IngotTesting
import Testing

@testable import IngotUSCode

@Suite("Release points")
struct ReleasePointTests {
    @Test("Labels are ordered by number, not by letters")
    func order() throws {
        let labels = [
            "113-21", "113-31", "114-329not328", "114-329", "115-40", "115-40u1", "115-117not91not96not97",
            "115-117not91not97", "115-117not91", "115-117", "116-344not283", "116-344not283u1", "116-344", "118-22",
            "118-22u1", "118-22u2", "118-23", "119-9", "119-73not60", "119-73", "119-100", "119-102not101", "120-1",
        ]
        let points = try labels.map { try #require(ReleasePoint($0)) }
        #expect(points.reversed().sorted().map(\.label) == labels)
        #expect(points.shuffled().sorted().map(\.label) == labels)
    }

    @Test(
        "What is no label is refused",
        arguments: [
            "", "119", "119-", "-36", "119-36x", "119-36 ", "119-036", "0-1", "119-36not", "119-36u", "119-36u1not3",
            "119_36", "../119-36", "119-36/..", "１１９-36", "119-123456", "119-36U1",
        ]
    )
    func refused(label: String) throws {
        #expect(ReleasePoint(label) == nil)
    }

    @Test("Files are in the folder that the label names")
    func folder() throws {
        #expect(try #require(ReleasePoint("119-36")).folder == "download/releasepoints/us/pl/119/36")
        #expect(try #require(ReleasePoint("118-22u1")).folder == "download/releasepoints/us/pl/118/22u1")
        #expect(
            try #require(ReleasePoint("114-329not328")).folder == "download/releasepoints/us/pl/114/329not328"
        )
    }

    @Test("The source orders labels the same way, and other text as text")
    func sourceOrder() {
        let source = USCodeSource()
        #expect(source.label("119-9", isOlderThan: "119-73"))
        #expect(source.label("119-73", isOlderThan: "119-100"))
        #expect(!source.label("119-73", isOlderThan: "119-73"))
        #expect(source.label("a", isOlderThan: "b"))
    }

    @Test(
        "All release points ever published are read, in the order in which they were published",
        .enabled(if: SharedFolder.item("data/olrc-pages/releasepoints.json") != nil, "the list is not there")
    )
    func published() throws {
        let path = try #require(SharedFolder.item("data/olrc-pages/releasepoints.json"))
        let list = try JSONValue(parsing: WholeFile.bytes(path))["releasePoints"]?.arrayValue ?? []
        let labels = list.compactMap { $0["name"]?.stringValue }
        #expect(labels.count == 382)
        let points = try labels.map { try #require(ReleasePoint($0), "\($0)") }
        // The list has the newest first.
        let wrong = zip(points, points.dropFirst()).filter { $0 <= $1 }.map { "\($0) \($1)" }
        #expect(wrong == [])
    }
}
