public import IngotCore

/// What an operator says about runners in a cluster.
public struct KubernetesOptions: Sendable {
    /// The runner's image.
    public var image: String
    /// The namespace that runners live in; `nil`: that of the gateway's account or context.
    public var namespace: String?
    /// `Always`, `IfNotPresent` or `Never`.
    public var imagePullPolicy = "IfNotPresent"
    /// Secrets with which images are pulled.
    public var imagePullSecrets: [String] = []
    /// The account that runners have; it needs no rights, and its token is not mounted.
    public var serviceAccount: String?
    /// A Secret of the operator's with the stores' settings; `nil`: they go into each attempt's own Secret.
    public var credentialsSecret: String?
    /// Labels that a node must have.
    public var nodeSelector: [String: String] = [:]
    /// Further tolerations, as a pod's specification has them.
    public var tolerations: [JSONValue] = []
    /// What a runner may write to its scratch folder, as a quantity.
    public var scratchSize = "4Gi"
    /// The user and group that runners have; never root.
    public var user = 65534
    /// How long a Job stays that nobody has removed.
    public var secondsKeptAfterEnd = 3600
    /// How long an image that cannot be pulled, or a container that cannot be made, is waited for.
    public var startPatience: Duration = .seconds(180)
    /// How long a pod may wait for a node.
    public var schedulingPatience: Duration = .seconds(900)
    /// How long a pod whose node is silent is waited for.
    public var nodePatience: Duration = .seconds(60)
    /// How long after a runner's grace period its pod is taken out of the cluster, whatever its node says.
    public var deletionPatience: Duration = .seconds(20)
    /// How long a pod's log is tried to be read once its container has ended.
    public var logPatience: Duration = .seconds(60)
    /// How often all is listed anew, whatever the watches say.
    public var resync: Duration = .seconds(300)

    public init(image: String) { self.image = image }
}
