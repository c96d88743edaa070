import IngotCore
import Testing

@testable import IngotContainers

@Suite("The lines of a watch")
struct WatchEventTests {
    private static func event(_ text: String) throws -> WatchEvent {
        try WatchEvent(line: Array(text.utf8), operation: "watch pods")
    }

    @Test("Each type of event is read")
    func types() throws {
        let object: JSONValue = ["metadata": ["name": "a"]]
        #expect(try Self.event(#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#) == .added(object))
        #expect(try Self.event(#"{"type":"MODIFIED","object":{"metadata":{"name":"a"}}}"#) == .modified(object))
        #expect(try Self.event(#"{"type":"DELETED","object":{"metadata":{"name":"a"}}}"#) == .deleted(object))
        let bookmark = #"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"12"}}}"#
        #expect(try Self.event(bookmark) == .bookmark(version: "12"))
    }

    @Test("A version that is forgotten is known as that")
    func gone() throws {
        let line = #"{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old resource version"}}"#
        guard case .error(let error) = try Self.event(line) else {
            Issue.record("no error")
            return
        }
        #expect(error.kind == .gone)
        #expect(error.message.contains("too old"))
    }

    @Test(
        "What is no event is refused",
        arguments: [
            "", "{", "[]", #"{"type":"ADDED"}"#, #"{"type":"ADDED","object":1}"#, #"{"type":"NEW","object":{}}"#,
            #"{"type":"BOOKMARK","object":{}}"#,
        ]
    )
    func wrong(line: String) {
        let error = #expect(throws: KubernetesError.self) { _ = try Self.event(line) }
        #expect(error?.kind == .malformedAnswer)
    }

    @Test("A line that is longer than an object can be is not kept")
    func limit() throws {
        var lines = LineSplitter(maximum: ClusterWatch.maximumEvent)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: ClusterWatch.maximumEvent / 2)
        #expect(try lines.take(piece).isEmpty)
        #expect(try lines.take(piece).isEmpty)
        #expect(throws: LineSplitter.LineTooLong.self) { _ = try lines.take(piece) }
    }
}
