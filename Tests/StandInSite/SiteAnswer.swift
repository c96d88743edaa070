import IngotCore
import IngotMarkup
import NIOHTTP1

/// What a site answers to a request when the network does not get in the way.
struct SiteAnswer {
    var status: HTTPResponseStatus
    var fields: [(String, String)] = []
    var body: [UInt8] = []

    static func page(_ status: HTTPResponseStatus, _ text: String) -> SiteAnswer {
        SiteAnswer(
            status: status,
            fields: [("Content-Type", "text/html")],
            body: Array(
                "<!DOCTYPE html>\r\n<html><head><title>\(text)</title></head><body><h1>\(text)</h1></body></html>".utf8
            )
        )
    }

    static func redirect(to address: String) -> SiteAnswer {
        var answer = page(.found, "Object moved")
        answer.fields.append(("Location", address))
        return answer
    }

    static func refusal(_ status: HTTPResponseStatus, retryAfter: SiteFault.RetryAfter?) -> SiteAnswer {
        var answer = page(status, status.reasonPhrase)
        switch retryAfter {
        case .seconds(let seconds): answer.fields.append(("Retry-After", String(seconds)))
        case .date(let seconds):
            answer.fields.append(("Retry-After", HTTPDate.text(.now().advanced(by: .seconds(seconds)))))
        case nil: break
        }
        return answer
    }

    static let maintenance = page(.ok, "This site is currently under maintenance")

    /// A file, or 304 when the request says that its sender has it already.
    static func file(
        _ file: SiteFolder.File,
        changes: Int,
        request: HTTPRequestHead,
        compresses: Bool
    ) -> SiteAnswer {
        let tag = file.entityTag(changes: changes)
        let modified = file.lastModified(changes: changes)
        var answer = SiteAnswer(
            status: .ok,
            fields: [("ETag", tag), ("Last-Modified", HTTPDate.text(modified))]
        )
        if isKnown(tag, modified, request.headers) {
            answer.status = .notModified
            return answer
        }
        answer.fields.append(("Content-Type", file.contentType))
        answer.body = file.bytes
        let encodings = request.headers[canonicalForm: "accept-encoding"]
        if compresses {
            answer.fields.append(("Vary", "Accept-Encoding"))
            if encodings.contains(where: { $0.lowercased() == "gzip" || $0.lowercased().hasPrefix("gzip;") }) {
                answer.fields.append(("Content-Encoding", "gzip"))
                answer.body = GzipMember.compress(answer.body)
            }
        }
        return answer
    }

    /// RFC 9110, section 13.2.2: a tag goes before a date.
    private static func isKnown(_ tag: String, _ modified: Timestamp, _ headers: HTTPHeaders) -> Bool {
        let tags = headers[canonicalForm: "if-none-match"]
        if !tags.isEmpty {
            return tags.contains { known in
                known == "*" || (known.hasPrefix("W/") ? known.dropFirst(2) : known[...]) == tag
            }
        }
        guard let since = headers.first(name: "if-modified-since").flatMap(HTTPDate.parse) else { return false }
        return modified <= since
    }
}
