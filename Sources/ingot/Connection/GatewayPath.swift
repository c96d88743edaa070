import IngotCore

/// The path of a request to the gateway, with its query.
struct GatewayPath {
    /// The path and the query, percent-encoded.
    let text: String

    /// - Parameters:
    ///   - path: percent-encoded already.
    ///   - query: by name; what is `nil` is left out.
    init(_ path: String, _ query: KeyValuePairs<String, String?> = [:]) {
        let items = query.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0))" } }
        text = items.isEmpty ? path : path + "?" + items.joined(separator: "&")
    }

    /// The same with one more item of the query.
    func adding(_ name: String, _ value: String) -> GatewayPath {
        GatewayPath("\(text)\(text.contains("?") ? "&" : "?")\(name)=\(PercentEncoding.encode(value))")
    }

    /// The path of a source, or of something of it.
    static func source(
        _ source: String,
        _ rest: String = "",
        _ query: KeyValuePairs<String, String?> = [:]
    ) -> GatewayPath {
        GatewayPath("/api/sources/\(PercentEncoding.encode(source))\(rest)", query)
    }

    /// The path of a node, or of something of it.
    static func law(
        _ key: String,
        _ rest: String = "",
        _ query: KeyValuePairs<String, String?> = [:]
    ) -> GatewayPath {
        GatewayPath("/api/law\(PercentEncoding.encodePath(key))\(rest)", query)
    }

    /// The path of a job, or of something of it.
    static func job(
        _ id: String,
        _ rest: String = "",
        _ query: KeyValuePairs<String, String?> = [:]
    ) -> GatewayPath {
        GatewayPath("/api/ingest/jobs/\(PercentEncoding.encode(id))\(rest)", query)
    }
}
