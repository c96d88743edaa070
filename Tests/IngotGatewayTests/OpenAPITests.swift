import HTTPTypes
import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The description of the API", .timeLimit(.minutes(10)))
struct OpenAPITests {
    /// A method and a path, as both sides name them.
    private struct Operation: Hashable, CustomStringConvertible {
        var method: String
        var path: String
        var description: String { "\(method) \(path)" }
    }

    /// What the document describes, by its indentation: paths at two blanks, methods at four.
    private static func described(_ text: String) -> Set<Operation> {
        var operations: Set<Operation> = []
        var isInPaths = false
        var path = ""
        for line in text.split(separator: "\n") {
            let indentation = line.prefix { $0 == " " }.count
            let name = String(line.dropFirst(indentation).prefix { $0 != ":" })
            switch indentation {
            case 0: isInPaths = name == "paths"
            case 2 where isInPaths: path = name
            case 4 where isInPaths: operations.insert(Operation(method: name.uppercased(), path: path))
            default: break
            }
        }
        return operations
    }

    /// What stands for a route in the document.
    private static func paths(of route: Route) -> [String] {
        guard route.path == "/api/law/**" else { return [route.path] }
        return ["", "/children", "/history", "/references"].map { "/api/law/{key}\($0)" }
    }

    @Test("describes every route that there is")
    func complete() async throws {
        try await GatewayFixture.with { fixture in
            let answer = try await fixture.send(.GET, "/openapi.yaml", from: .nobody)
            #expect(answer.status == 200)
            let described = Self.described(answer.text)
            let routes = Set(
                fixture.gateway.routes().routes.flatMap { route in
                    Self.paths(of: route).map { Operation(method: route.method.rawValue, path: $0) }
                }
            )
            #expect(described.count > 30)
            #expect(routes.subtracting(described).isEmpty)
        }
    }

    @Test("describes no route that there is not")
    func nothingElse() async throws {
        try await GatewayFixture.with { fixture in
            let described = Self.described(OpenAPIDocument.text)
            let routes = Set(
                fixture.gateway.routes().routes.flatMap { route in
                    Self.paths(of: route).map { Operation(method: route.method.rawValue, path: $0) }
                }
            )
            #expect(described.subtracting(routes).isEmpty)
        }
    }

    /// What the document says of one operation's answers.
    private static func answers(of operation: String) -> Set<Int> {
        let lines = OpenAPIDocument.text.split(separator: "\n")
        let start = lines.firstIndex { $0.hasSuffix("operationId: \(operation)") } ?? lines.endIndex
        let rest = lines[start...].dropFirst().prefix { !$0.contains("operationId:") }
        return Set(
            rest.compactMap { line in
                let parts = line.split(separator: "'")
                return line.hasPrefix("        '") && parts.count > 1 ? Int(parts[1]) : nil
            }
        )
    }

    @Test("describes the answers of webhooks as they are")
    func webhooks() async throws {
        try await WebhookReceiver.with { receiver in
            try await GatewayFixture.with { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                let path = "/api/webhooks/\(hook.id)"
                let test = try await fixture.post(path + "/test").status
                let removal = try await fixture.send(.DELETE, path).status
                let answers: [(String, Int)] = [("testWebhook", test), ("deleteWebhook", removal)]
                for (operation, status) in answers {
                    #expect(Self.answers(of: operation).filter { $0 < 300 } == [status], "\(operation)")
                }
            }
        }
    }

    @Test("describes what a job that no longer fits its source is answered when it is to be done again")
    func retry() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe()
            try await fixture.gateway.parts.stores.database.run(
                Statement(
                    "UPDATE ingest_jobs SET params_json = '{\"of_another_version\":1}' WHERE id = ?1",
                    [.text(job.id.rawValue)]
                )
            )
            let answer = try await fixture.post("/api/ingest/jobs/\(job.id)/retry")
            #expect(answer.status == 422)
            #expect(Self.answers(of: "retryJob").contains(answer.status))
        }
    }

    @Test(
        "is a valid OpenAPI document that has every kind of refusal on every route with a key",
        .enabled(if: ThirdParty.executable("schemathesis") != nil, "\(ThirdParty.absence)")
    )
    func valid() async throws {
        let folder = try TemporaryFolder()
        try folder.write("openapi.yaml", OpenAPIDocument.text)
        let python = try #require(ThirdParty.executable("python3"))
        let script = """
            import sys, yaml
            from jsonschema_rs import validator_for
            document = yaml.safe_load(open(sys.argv[1]))
            def targets(value):
                if isinstance(value, dict):
                    for key, item in value.items():
                        if key == "$ref": yield item
                        else: yield from targets(item)
                elif isinstance(value, list):
                    for item in value: yield from targets(item)
            for target in targets(document):
                place = document
                for part in target.removeprefix("#/").split("/"): place = place[part]
            names = set()
            for path, item in document["paths"].items():
                for method, operation in item.items():
                    assert operation["operationId"] not in names
                    names.add(operation["operationId"])
                    answers = set(operation["responses"])
                    wanted = {"421", "503"}
                    if operation.get("security") != []: wanted |= {"401", "429"}
                    # A token of an attempt has no role.
                    if operation.get("security") not in ([], [{"attemptToken": []}]): wanted |= {"403"}
                    assert wanted <= answers, (path, method, wanted - answers)
                    captured = {part[1:-1] for part in path.split("/") if part.startswith("{")}
                    named = set()
                    for parameter in operation.get("parameters", []):
                        if "$ref" in parameter:
                            parameter = document["components"]["parameters"][parameter["$ref"].split("/")[-1]]
                        if parameter["in"] == "path": named.add(parameter["name"])
                    assert captured == named, (path, captured, named)
            for name, schema in document["components"]["schemas"].items():
                validator_for({**schema, "components": document["components"]})
            print(len(names))
            """
        let result = try await run(
            .path(FilePath(python)),
            arguments: ["-c", script, folder.path("openapi.yaml")],
            output: .string(limit: 65_536),
            error: .string(limit: 65_536)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        #expect(Int(result.standardOutput.prefix { $0.isNumber }) == Self.described(OpenAPIDocument.text).count)
    }
}
