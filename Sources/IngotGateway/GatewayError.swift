/// Why a gateway cannot start.
public struct GatewayError: Error, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Sendable, CaseIterable {
        case runnerNotFound = "runner_not_found"
        case sourcesUnusable = "sources_unusable"
        case dataFolderInUse = "data_folder_in_use"
        case dataFolderUnusable = "data_folder_unusable"
        case addressUnusable = "address_unusable"
        case storageUnusable = "storage_unusable"
        case launcherUnusable = "launcher_unusable"
        case sandboxUnavailable = "sandbox_unavailable"
        case accessUnusable = "access_unusable"
        case fetchingUnusable = "fetching_unusable"
    }

    public let code: Code
    /// One sentence for people.
    public let message: String
    /// What an operator can do about it.
    public let advice: String?

    public init(code: Code, message: String, advice: String? = nil) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    public var description: String { message + (advice.map { " \($0)" } ?? "") }
}
