import IngotCore

/// The paths of requests to the gateway, percent-encoded, with their queries.
package enum GatewayPath {
    /// A path with a query by name; what is `nil` is left out.
    package static func path(_ path: String, _ query: KeyValuePairs<String, String?>) -> String {
        let items = query.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0))" } }
        if items.isEmpty { return path }
        return path + (path.contains("?") ? "&" : "?") + items.joined(separator: "&")
    }

    /// The path of a source, or of something of it.
    package static func source(_ source: String, _ rest: String = "", _ query: KeyValuePairs<String, String?> = [:])
        -> String
    {
        path("/api/sources/\(PercentEncoding.encode(source))\(rest)", query)
    }

    /// The path of a node, or of something of it.
    package static func law(_ key: String, _ rest: String = "", _ query: KeyValuePairs<String, String?> = [:]) -> String
    {
        path("/api/law\(PercentEncoding.encodePath(key))\(rest)", query)
    }

    /// The path of a job, or of something of it.
    package static func job(_ id: String, _ rest: String = "", _ query: KeyValuePairs<String, String?> = [:]) -> String
    {
        path("/api/ingest/jobs/\(PercentEncoding.encode(id))\(rest)", query)
    }

    /// The path of a webhook, or of something of it.
    package static func webhook(_ id: String, _ rest: String = "", _ query: KeyValuePairs<String, String?> = [:])
        -> String
    {
        path("/api/webhooks/\(PercentEncoding.encode(id))\(rest)", query)
    }
}
