import FoundationEssentials
import IngotCore
import Testing

@Suite("Kinds of failures")
struct FailureKindTests {
    /// A failure as a source file makes it.
    private struct Made: Hashable {
        var code: String
        var passes: FailureKind.Passing
        var file: String
    }

    /// Codes that no source file spells in one piece behind `code:`.
    private static let composed: Set<String> = [
        "chapters_not_found", "cpu_time", "deadline", "gateway_stopped", "node_lost", "out_of_memory",
        "out_of_memory_or_killed", "processes", "runner_evicted", "runner_exited", "runner_killed", "runner_lost",
        "runner_stopped", "several_failures", "titles_not_found",
    ]

    private static func made() throws -> Set<Made> {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Sources"
        var made: Set<Made> = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) where name.hasSuffix(".swift") {
            let bytes = try #require(FileManager.default.contents(atPath: "\(root)/\(name)"))
            for piece in String(decoding: bytes, as: UTF8.self).split(separator: "code: \"").dropFirst() {
                let code = piece.prefix { $0 != "\"" }
                // Codes of the object store's protocol have capitals.
                guard code.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (97...122).contains($0) }) else { continue }
                var depth = 1
                let call = piece.prefix { character in
                    depth += character == "(" ? 1 : character == ")" ? -1 : 0
                    return depth > 0
                }
                let passes: FailureKind.Passing =
                    call.contains("isTransient: true") ? .always : call.contains("isTransient: ") ? .sometimes : .never
                made.insert(Made(code: String(code), passes: passes, file: name))
            }
        }
        return made
    }

    @Test("are all in the list, once, and pass as the sources say")
    func complete() throws {
        let made = Dictionary(grouping: try Self.made(), by: \.code)
        #expect(made.count > 50, "the sources were not found")
        let codes = FailureKind.all.map(\.code)
        #expect(codes == Array(Set(codes)).sorted(), "by code, each once")
        let known = Dictionary(uniqueKeysWithValues: FailureKind.all.map { ($0.code, $0) })
        for (code, places) in made {
            let kind = known[code]
            let files = places.map(\.file).sorted().joined(separator: ", ")
            #expect(kind != nil, "\(code) of \(files) is not in FailureKind.all")
            let ways = Set(places.map(\.passes))
            #expect(kind?.passes == (ways.count == 1 ? ways.first : .sometimes), "\(code) of \(files)")
        }
        let stores = Set(Self.stores.map { $0.0.code })
        for code in codes where made[code] == nil && !stores.contains(code) {
            #expect(Self.composed.contains(code), "nothing fails with \(code)")
        }
        for kind in FailureKind.all {
            #expect(kind.cause.hasSuffix(".") && kind.remedy.hasSuffix("."), "\(kind.code)")
        }
    }

    private static let stores: [(JobFailure, Bool)] =
        [
            DatabaseError.Kind.constraint, .statement, .tooLarge, .access, .notFound, .overloaded, .unavailable, .full,
            .malformedAnswer,
        ].map {
            (JobFailure(describing: DatabaseError(kind: $0, message: "x")), [.overloaded, .unavailable].contains($0))
        }
        + [
            ObjectStoreError.Kind.notFound, .access, .invalidRequest, .invalidRange, .corrupted, .tooLarge, .overloaded,
            .unavailable, .full,
        ].map {
            (
                JobFailure(describing: ObjectStoreError(kind: $0, message: "x")),
                [.overloaded, .unavailable].contains($0)
            )
        }

    @Test("Only a store that is overloaded or out of reach passes by itself", arguments: stores)
    func storeFailures(failure: JobFailure, passes: Bool) {
        #expect(failure.isTransient == passes)
        #expect(FailureKind.all.first { $0.code == failure.code }?.passes == (passes ? .always : .never))
    }
}
