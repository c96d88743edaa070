/// Who sent a request.
public struct Caller: Sendable, Equatable {
    /// What names the caller in the audit log: a key's id, or a word such as `local` or `anonymous`.
    public var id: String
    public var role: Role
    /// The sources that the caller may see and use; `nil`: all.
    public var sources: Set<String>?

    public init(id: String, role: Role, sources: Set<String>? = nil) {
        self.id = id
        self.role = role
        self.sources = sources
    }

    public func mayUse(source: String) -> Bool { sources?.contains(source) ?? true }
}
