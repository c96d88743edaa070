import ArgumentParser
import IngotContainers
import IngotCore

/// How runners are put into pods of a Kubernetes cluster.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How to reach the cluster from outside. (environment: KUBECONFIG; without either: the pod's own account)",
            valueName: "file"
        )
    )
    var kubeconfig: String?

    @Option(help: ArgumentHelp("The namespace of runners; without it the account's own.", valueName: "namespace"))
    var kubernetesNamespace: String?

    @Option(help: ArgumentHelp("The account of runners, which needs no rights.", valueName: "service-account"))
    var kubernetesServiceAccount: String?

    @Option(
        help: ArgumentHelp(
            "A Secret with the stores' settings; without it they go into a Secret of each attempt.",
            valueName: "secret"
        )
    )
    var kubernetesSecret: String?

    @Option(help: ArgumentHelp("A Secret that images are pulled with.", valueName: "secret"))
    var kubernetesPullSecret: [String] = []

    @Option(help: "When images are pulled: Always, IfNotPresent or Never.")
    var kubernetesPull: String?

    @Option(help: ArgumentHelp("A label that runners' nodes must have.", valueName: "name=value"))
    var kubernetesNode: [String] = []

    @Option(
        help: ArgumentHelp("How much a runner may write to its own folder, such as 4Gi.", valueName: "quantity")
    )
    var kubernetesScratch: String?

    func validate() throws {
        if let kubernetesPull, !["Always", "IfNotPresent", "Never"].contains(kubernetesPull) {
            throw ValidationError("--kubernetes-pull is Always, IfNotPresent or Never")
        }
        _ = try nodeLabels
    }

    /// The first of these options that was given.
    var firstGiven: String? {
        if kubeconfig != nil { return "--kubeconfig" }
        if kubernetesNamespace != nil { return "--kubernetes-namespace" }
        if kubernetesServiceAccount != nil { return "--kubernetes-service-account" }
        if kubernetesSecret != nil { return "--kubernetes-secret" }
        if !kubernetesPullSecret.isEmpty { return "--kubernetes-pull-secret" }
        if kubernetesPull != nil { return "--kubernetes-pull" }
        if !kubernetesNode.isEmpty { return "--kubernetes-node" }
        return kubernetesScratch == nil ? nil : "--kubernetes-scratch"
    }

    private var nodeLabels: [String: String] {
        get throws {
            var labels: [String: String] = [:]
            for label in kubernetesNode {
                let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty else {
                    throw ValidationError("--kubernetes-node takes NAME=VALUE, for example disk=fast")
                }
                labels[String(parts[0])] = String(parts[1])
            }
            return labels
        }
    }

    /// The launcher's options.
    func options(image: String) throws -> KubernetesOptions {
        var options = KubernetesOptions(image: image)
        options.namespace = kubernetesNamespace
        options.serviceAccount = kubernetesServiceAccount
        options.credentialsSecret = kubernetesSecret
        options.imagePullSecrets = kubernetesPullSecret
        options.nodeSelector = try nodeLabels
        if let kubernetesPull { options.imagePullPolicy = kubernetesPull }
        if let kubernetesScratch { options.scratchSize = kubernetesScratch }
        return options
    }
}
