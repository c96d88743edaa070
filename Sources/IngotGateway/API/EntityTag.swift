import Crypto
import HTTPTypes
import Hummingbird
import IngotCore

/// A strong entity tag (RFC 9110, section 8.8.3): equal exactly when the bytes of a representation are.
struct EntityTag: Sendable, Equatable {
    /// With its quotation marks.
    let text: String

    /// The tag of a representation that these parts determine, and nothing else does.
    init(of parts: [String]) {
        var hash = SHA256()
        for part in parts {
            // The length keeps the parts apart.
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        text = "\"\(hexadecimal(hash.finalize().prefix(16)))\""
    }

    /// Whether a value of `If-None-Match` names the tag; compared weakly, as the header demands.
    func isListed(in header: String) -> Bool {
        var rest = header[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            if rest.isEmpty { return false }
            if rest.first == "*" { return true }
            if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
            // A tag may hold commas, so its end is the quotation mark.
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return false }
            if rest[...end] == text { return true }
            rest = rest[rest.index(after: end)...]
        }
    }
}

extension Request {
    /// Answers with a representation that readers may keep: `304` when they have it already.
    ///
    /// - Parameters:
    ///   - headers: of both answers.
    ///   - body: makes the representation; not called for a reader that has it.
    func answer(
        tagged tag: EntityTag,
        headers: HTTPFields = [:],
        _ body: () async throws -> Response
    ) async throws -> Response {
        var headers = headers
        headers[.eTag] = tag.text
        // Kept copies are good, but only after asking: the next revision may be here any moment.
        headers[.cacheControl] = "no-cache"
        var response = Response(status: .notModified)
        if !self.headers[values: .ifNoneMatch].contains(where: tag.isListed) { response = try await body() }
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}
