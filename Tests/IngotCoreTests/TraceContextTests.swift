import IngotCore
import Testing

@Suite("The context of a trace")
struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private static let parent = "00-\(trace)-\(span)-01"

    @Test("A parent is read and written as it was")
    func readsParent() throws {
        let context = try #require(TraceContext(parents: [Self.parent]))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == Self.span)
        #expect(context.isSampled)
        #expect(context.parent == Self.parent)
        #expect(context.headers.map(\.name) == ["traceparent"])
    }

    @Test(
        "Parents that are read",
        arguments: [
            ("00-\(trace)-\(span)-00", false), ("00-\(trace)-\(span)-03", true), ("00-\(trace)-\(span)-fe", false),
            // Later versions: the same members, and perhaps more.
            ("01-\(trace)-\(span)-01", true), ("cc-\(trace)-\(span)-01-what-the-future-brings", true),
            ("fe-\(trace)-\(span)-00-", false),
        ]
    )
    func reads(parent: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(parents: [parent]))
        #expect(context.isSampled == isSampled)
        // Handed on as the version that is known, with the flags that are.
        #expect(context.parent == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
    }

    @Test(
        "Parents that are not",
        arguments: [
            [], [""], [parent, parent], ["ff-\(trace)-\(span)-01"], ["00-\(trace)-\(span)-01-more"],
            ["00-\(trace)-\(span)-01-"], ["cc-\(trace)-\(span)-01.more"], ["00-\(trace)-\(span)"],
            ["00-\(String(repeating: "0", count: 32))-\(span)-01"],
            ["00-\(trace)-\(String(repeating: "0", count: 16))-01"],
            ["00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01"], ["00-\(trace)-00F067AA0BA902B7-01"],
            ["00-\(trace)-\(span)-0G"], ["0-\(trace)-\(span)-01"], ["00-\(trace)x\(span)-01"],
            ["00-\(trace.dropLast())-\(span)-01"], [" \(parent)"], ["\(parent) "], ["00_\(trace)-\(span)-01"],
            ["zz-\(trace)-\(span)-01"], ["00-\(trace)-\(span)-1"], ["00-\(trace.dropLast())é-\(span)-01"],
        ] as [[String]]
    )
    func refuses(parents: [String]) {
        #expect(TraceContext(parents: parents) == nil)
    }

    @Test(
        "What tracing systems keep is handed on when it is as it should be",
        arguments: [
            (["congo=t61rcWkgMzE"], "congo=t61rcWkgMzE"), (["a=1", "b=2"], "a=1,b=2"), (["a=1 ,\tb=2"], "a=1,b=2"),
            (["a=1,,b=2", ""], "a=1,b=2"), (["1tenant@vendor=x"], "1tenant@vendor=x"), (["a=b c"], "a=b c"),
            (["a-_*/9=1"], "a-_*/9=1"),
            ([String(repeating: "a", count: 256) + "=1"], String(repeating: "a", count: 256) + "=1"),
        ] as [([String], String)]
    )
    func keepsState(headers: [String], expected: String) throws {
        let context = try #require(TraceContext(parents: [Self.parent], states: headers))
        #expect(context.state == expected)
        #expect(context.headers.map(\.value) == [Self.parent, expected])
    }

    @Test(
        "And left out when it is not",
        arguments: [
            [], [""], ["a"], ["=1"], ["a="], ["A=1"], ["9a=1"], ["a=1,a=2"], ["a=1", "a=2"], ["a=b=c"], ["a=é"],
            ["a@b@c=1"], ["a@9b=1"], ["@b=1"], ["a@=1"], ["a=\u{7}"], ["a =1"],
            [String(repeating: "a", count: 257) + "=1"], ["t@" + String(repeating: "a", count: 15) + "=1"],
            ["a=" + String(repeating: "x", count: 257)], [(0...32).map { "k\($0)=1" }.joined(separator: ",")],
        ] as [[String]]
    )
    func dropsState(headers: [String]) throws {
        let context = try #require(TraceContext(parents: [Self.parent], states: headers))
        #expect(context.state == nil)
    }

    @Test("Of a state that is too long, large members go first, and then the last ones")
    func shortensState() throws {
        let large = "large=" + String(repeating: "x", count: 200)
        let small = (0..<20).map { "k\($0)=" + String(repeating: "y", count: 20) }
        let context = try #require(
            TraceContext(parents: [Self.parent], states: [([small[0], large] + small[1...]).joined(separator: ",")])
        )
        let state = try #require(context.state)
        #expect(state.utf8.count <= 512)
        #expect(!state.contains("large"))
        #expect(state.split(separator: ",").map(String.init) == Array(small.prefix(state.split(separator: ",").count)))
        #expect(state.split(separator: ",").count > 15)
    }

    @Test("A new span is of the same trace")
    func makesSpans() {
        let context = TraceContext()
        #expect(TraceContext(parents: [context.parent]) == context)
        let spans = Set((0..<100).map { _ in context.newSpan().spanID })
        #expect(spans.count == 100 && !spans.contains(context.spanID))
        #expect(context.newSpan().traceID == context.traceID)
        #expect(TraceContext().traceID != context.traceID)
    }
}
