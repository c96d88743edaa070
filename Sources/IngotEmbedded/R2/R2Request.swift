/// A request as R2 looks at it, before its body is read.
struct R2Request: Sendable {
    var method: String
    var target: R2Target
    /// In order, with lower-case names; `host` is one of them.
    var headers: [(name: String, value: String)]

    /// The first header of that lower-case name.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
