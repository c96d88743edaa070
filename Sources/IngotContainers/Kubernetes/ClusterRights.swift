import IngotCore
import NIOHTTP1

/// Looks whether an account may do all that the launcher does.
struct ClusterRights: Sendable {
    /// What is needed in the runners' namespace; `container/kubernetes/rbac.yaml` grants exactly this.
    static let needed: [(group: String, resource: String, subresource: String?, verbs: [String])] = [
        ("batch", "jobs", nil, ["create", "delete", "get", "list", "watch"]),
        ("", "pods", nil, ["delete", "list", "watch"]),
        ("", "pods", "log", ["get"]),
        ("", "secrets", nil, ["create", "delete"]),
    ]

    let api: KubernetesAPI
    let namespace: String

    /// - Throws: `LauncherError`, which names every right that is missing.
    func check() async throws {
        do {
            let version = try await api.call(
                KubernetesCall(verb: "get", resource: "version", method: .GET, path: "/version")
            )
            guard version["gitVersion"]?.stringValue != nil else {
                throw KubernetesError(.malformedAnswer, operation: "get version", message: "it tells no version")
            }
            var missing: [String] = []
            for right in Self.needed {
                for verb in right.verbs where try await !isAllowed(verb, right.group, right.resource, right.subresource)
                {
                    missing.append("\(verb) \(right.resource)" + (right.subresource.map { "/\($0)" } ?? ""))
                }
            }
            guard missing.isEmpty else {
                throw LauncherError(
                    message:
                        "The gateway's account may not do this in \(namespace): \(missing.joined(separator: ", ")).",
                    advice: "Grant it what the Role in container/kubernetes/rbac.yaml lists."
                )
            }
        } catch let error as KubernetesError {
            let failure = error.failure
            throw LauncherError(message: failure.message, advice: failure.advice ?? "")
        }
    }

    private func isAllowed(_ verb: String, _ group: String, _ resource: String, _ subresource: String?) async throws
        -> Bool
    {
        var attributes: [String: JSONValue] = [
            "namespace": .string(namespace), "verb": .string(verb), "group": .string(group),
            "resource": .string(resource),
        ]
        if let subresource { attributes["subresource"] = .string(subresource) }
        let review: JSONValue = [
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": ["resourceAttributes": .object(attributes)],
        ]
        let answer = try await api.call(
            KubernetesCall(
                verb: "create",
                resource: "selfsubjectaccessreviews",
                method: .POST,
                path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                body: review
            )
        )
        return answer["status"]?["allowed"]?.boolValue ?? false
    }
}
