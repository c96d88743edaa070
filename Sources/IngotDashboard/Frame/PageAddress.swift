import IngotCore

/// Addresses of pages with a query.
enum PageAddress {
    /// - Parameters:
    ///   - path: encoded.
    ///   - items: those without a value are left out.
    static func text(_ path: String, _ items: KeyValuePairs<String, String?>) -> String {
        let given = items.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0))" } }
        return given.isEmpty ? path : path + "?" + given.joined(separator: "&")
    }
}
