import IngotCore
import IngotTesting
import IngotYAML
import Subprocess
import SystemPackage
import Testing

@testable import IngotContainers

@Suite("The manifests for a cluster", .timeLimit(.minutes(5)))
struct ManifestTests {
    private static let folder: String = {
        let checkout = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return "\(checkout)/container/kubernetes"
    }()

    private static func check(_ folder: String) async throws -> (isRight: Bool, words: String) {
        let result = try await Subprocess.run(
            .path(FilePath(try #require(KubernetesStandIn.python))),
            arguments: ["\(Self.folder)/check.py", folder],
            input: .none,
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        return (result.terminationStatus.isSuccess, result.standardOutput + result.standardError)
    }

    @Test(
        "Each agrees with Kubernetes' published schemas",
        .enabled(if: KubernetesStandIn.python != nil, Comment(rawValue: ThirdParty.absence))
    )
    func schemas() async throws {
        let (isRight, words) = try await Self.check(Self.folder)
        #expect(isRight, "\(words)")
    }

    @Test(
        "A field that no schema knows is found",
        .enabled(if: KubernetesStandIn.python != nil, Comment(rawValue: ThirdParty.absence))
    )
    func unknownField() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("kustomization.yaml", "resources: [a.yaml]\n")
        _ = try folder.write("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringDate: {a: b}\n")
        let (isRight, words) = try await Self.check(folder.path)
        #expect(!isRight)
        #expect(words.contains("stringDate"))
    }

    @Test("The Role grants what the launcher asks for at its start, and no more")
    func rights() throws {
        let text = try WholeFile.text("\(Self.folder)/rbac.yaml")
        let documents = text.components(separatedByLine: "---")
        let role = try #require(
            try documents.map { try YAMLDocument.parse(Array($0.utf8)) }.first { $0["kind"]?.stringValue == "Role" }
        )
        var granted: Set<String> = []
        for rule in role["rules"]?.arrayValue ?? [] {
            for group in rule["apiGroups"]?.arrayValue ?? [] {
                for resource in rule["resources"]?.arrayValue ?? [] {
                    for verb in rule["verbs"]?.arrayValue ?? [] {
                        let words = [group, resource, verb].compactMap(\.stringValue)
                        granted.insert(words.joined(separator: " "))
                    }
                }
            }
        }
        var needed: Set<String> = []
        for right in ClusterRights.needed {
            let resource = right.resource + (right.subresource.map { "/\($0)" } ?? "")
            for verb in right.verbs { needed.insert("\(right.group) \(resource) \(verb)") }
        }
        #expect(granted == needed)
    }
}

extension String {
    /// The parts between lines that are the separator; those that hold only comments are left out.
    fileprivate func components(separatedByLine separator: String) -> [String] {
        var parts: [[Substring]] = [[]]
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            if line == separator { parts.append([]) } else { parts[parts.count - 1].append(line) }
        }
        return parts.filter { $0.contains { !$0.isEmpty && !$0.hasPrefix("#") } }.map { $0.joined(separator: "\n") }
    }
}
