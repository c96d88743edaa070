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

    private static func described() throws -> Set<Operation> {
        Set(try DescribedAPI().operations.map { Operation(method: $0.method, path: $0.path) })
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
            #expect(answer.text == OpenAPIDocument.text)
            let described = try Self.described()
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
            let described = try Self.described()
            let routes = Set(
                fixture.gateway.routes().routes.flatMap { route in
                    Self.paths(of: route).map { Operation(method: route.method.rawValue, path: $0) }
                }
            )
            #expect(described.subtracting(routes).isEmpty)
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
                    if method == "parameters": continue
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
        #expect(Int(result.standardOutput.prefix { $0.isNumber }) == (try Self.described().count))
    }
}
