import FoundationEssentials
import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw
import NIOCore
import Testing

@testable import IngotGateway

@Suite("Kinds of problems")
struct ProblemKindTests {
    /// The types that the sources make, with the files that do.
    private static func made() throws -> [String: Set<String>] {
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/Sources"
        var made: [String: Set<String>] = [:]
        // A call's first argument: of a problem, of what makes one, or of another initializer of `Problem`.
        let call = /(?:Problem|self\.init|\.tooMany|unauthenticated)\(\s*"([a-z]+(?:-[a-z]+)*)"/
        let constant = /static let \w+ = "([a-z]+(?:-[a-z]+)+)"/
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) where name.hasSuffix(".swift") {
            let isProblem = name.hasPrefix("IngotGateway/") || name.hasPrefix("IngotDashboard/")
            guard isProblem || name == "IngotCore/PermitAsk.swift" else { continue }
            let bytes = try #require(FileManager.default.contents(atPath: "\(root)/\(name)"))
            let text = String(decoding: bytes, as: UTF8.self)
            for match in text.matches(of: call) { made[String(match.1), default: []].insert(name) }
            guard name == "IngotCore/PermitAsk.swift" else { continue }
            for match in text.matches(of: constant) { made[String(match.1), default: []].insert(name) }
        }
        return made
    }

    @Test("are all in the list, once")
    func complete() throws {
        let made = try Self.made()
        #expect(made.count > 40, "the sources were not found")
        let types = ProblemKind.all.map(\.type)
        #expect(types == Array(Set(types)).sorted(), "by type, each once")
        for (type, files) in made where !types.contains(type) {
            Issue.record("\(type) of \(files.sorted()) is not in ProblemKind.all")
        }
        #expect(Set(types).subtracting(made.keys) == [], "nothing makes these")
        for kind in ProblemKind.all {
            #expect(kind.cause.hasSuffix(".") && kind.remedy.hasSuffix("."), "\(kind.type)")
        }
    }

    /// Errors that a test cannot bring a gateway to, as it answers them.
    private static let errors: [any Error & Sendable] = [
        DatabaseError(kind: .unavailable, message: "x"), DatabaseError(kind: .full, message: "x"), CancellationError(),
        DatabaseError(kind: .statement, message: "x"),
        Problem.tooMany("too-many-requests", "x", retryAfter: .seconds(2)),
        Problem(LawReadingError.corruptedRecord(key: "/g/s1", pack: "p")), Problem.crossSite,
        Problem(LawReversionError.jobRunning(JobID.make().rawValue)), Problem.bodyTooLarge(limit: 1),
    ]

    @Test("fit the description of the API", arguments: errors)
    func documents(error: any Error & Sendable) async throws {
        let problem = Problem.from(error)
        let response = problem.response(path: "/api/x")
        let api = try DescribedAPI()
        let described = try #require(
            api.document["components"]?["responses"]?["Problem\(response.status.code)"]
        )
        var schema = StrictSchema(api)
        var members = problem.extensions
        members["type"] = .string("/problems/\(problem.type)")
        members["title"] = .string(problem.title)
        members["status"] = .integer(Int64(response.status.code))
        members["instance"] = "/api/x"
        members["detail"] = problem.detail.map(JSONValue.string)
        let wanted = described["content"]?["application/problem+json"]?["schema"] ?? .null
        #expect(schema.problems(of: .object(members), with: wanted) == [])
        #expect(ProblemKind.all.contains { $0.type == problem.type && $0.status == response.status.code })
        let headers = Set((described["headers"]?.objectValue ?? [:]).keys.map { $0.lowercased() })
        for name in ["retry-after", "www-authenticate"] {
            let isSent = response.headers.contains { $0.name.canonicalName == name }
            #expect(!isSent || headers.contains(name), "\(name)")
        }
    }
}
