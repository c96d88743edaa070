import HTTPTypes

/// What browsers are told about every answer, so that no page can be made of one or read one of another site.
enum SecurityHeaders {
    private static let fields: [(String, String)] = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ]

    /// Adds the headers that an answer does not set itself.
    static func add(to headers: inout HTTPFields) {
        for (name, value) in fields where headers.value(named: name) == nil { headers.set(name, to: value) }
    }
}
