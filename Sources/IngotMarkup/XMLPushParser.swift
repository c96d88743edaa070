internal import CExpat
import Glibc
public import IngotCore

/// Reads an XML 1.0 document from pieces of any size and tells a handler what it holds.
///
/// It keeps the open elements' names and one unfinished token, never the document. Documents with a DTD are refused,
/// so there are no entities to expand and nothing outside is ever opened. Stands on expat (https://libexpat.github.io).
public final class XMLPushParser {
    /// How much a document may demand.
    public struct Limits: Sendable {
        /// Open elements.
        public var depth = 200
        /// Attributes of one element, name space declarations not counted.
        public var attributes = 256
        /// Bytes of a tag, comment or processing instruction.
        public var tokenBytes = 1 << 20

        public init() {}
    }

    private let parser: OpaquePointer
    private let handler: any XMLEventHandler
    private let limits: Limits
    private var depth = 0
    private var fedBytes: Int64 = 0
    private var consumedBytes: Int64 = 0
    private var failure: (any Error)?
    /// Whether there is a failure, for events that come after it.
    private var isStopped = false
    private var isFinished = false
    /// What the last element's name began with: its name space's URI and the separator; empty when it had none.
    private var prefix: [UInt8] = []

    /// Stands between a name space's URI and the local name; no XML name holds it, and expat takes no URI that does.
    private static let separator = UInt8(ascii: "\n")
    /// The most bytes that expat sees at once, so that its buffer and a token's check stay small.
    private static let step = 64 << 10

    /// - Throws: `JobFailure` `out_of_memory`.
    public init(handler: any XMLEventHandler, limits: Limits = Limits()) throws {
        guard let parser = XML_ParserCreateNS(nil, XML_Char(bitPattern: Self.separator)) else {
            throw JobFailure(code: "out_of_memory", message: "There is no memory for an XML parser.")
        }
        self.parser = parser
        self.handler = handler
        self.limits = limits
        // The parser lives no longer than this object, and calls back only while this object is feeding it.
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let data, let name, let attributes else { return }
                Unmanaged<XMLPushParser>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.started(name, attributes) }
            },
            { data, _ in
                guard let data else { return }
                Unmanaged<XMLPushParser>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.ended() }
            }
        )
        XML_SetCharacterDataHandler(parser) { data, text, length in
            guard let data, let text else { return }
            Unmanaged<XMLPushParser>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.read(text, Int(length)) }
        }
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            guard let data else { return }
            Unmanaged<XMLPushParser>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.foundDoctype() }
        }
    }

    deinit {
        XML_ParserFree(parser)
    }

    /// Where the parser stands.
    public var place: SourcePlace {
        SourcePlace(line: Int(XML_GetCurrentLineNumber(parser)), column: Int(XML_GetCurrentColumnNumber(parser)) + 1)
    }

    /// Reads the next piece of the document.
    ///
    /// After an error every further call throws it again.
    ///
    /// - Throws: `JobFailure` with the place: `xml_malformed`, `xml_doctype`, `xml_too_deep`,
    ///   `xml_too_many_attributes`, `xml_token_too_large`; or what the handler threw.
    public func feed(_ bytes: Span<UInt8>) throws {
        try bytes.withUnsafeBufferPointer { buffer in
            var start = 0
            while start < buffer.count {
                let end = min(start + Self.step, buffer.count)
                try parse(UnsafeBufferPointer(rebasing: buffer[start..<end]), isLast: false)
                start = end
            }
        }
    }

    /// Reads the next piece of the document, as ``feed(_:)-(Span<UInt8>)`` does.
    public func feed(_ bytes: [UInt8]) throws {
        try feed(bytes.span)
    }

    /// Tells that the document ends here.
    ///
    /// - Throws: as ``feed(_:)-(Span<UInt8>)`` does, and `JobFailure` `xml_empty` when there was nothing.
    public func finish() throws {
        guard !isFinished else { return }
        isFinished = true
        if failure == nil, fedBytes == 0 {
            failure = JobFailure(code: "xml_empty", message: "The document is empty.")
        }
        try parse(UnsafeBufferPointer(start: nil, count: 0), isLast: true)
    }

    private func parse(_ buffer: UnsafeBufferPointer<UInt8>, isLast: Bool) throws {
        if let failure { throw failure }
        let status = buffer.withMemoryRebound(to: CChar.self) {
            XML_Parse(parser, $0.baseAddress, Int32($0.count), isLast ? 1 : 0)
        }
        fedBytes += Int64(buffer.count)
        if status != XML_STATUS_OK, failure == nil {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"
            failure = JobFailure(code: "xml_malformed", message: "The document is not well-formed XML: \(reason).")
        }
        if failure == nil, !isLast {
            // What expat has not consumed is one token that is still incomplete. The index is negative while expat waits
            // for more of it.
            consumedBytes = max(consumedBytes, Int64(XML_GetCurrentByteIndex(parser)))
            if fedBytes - consumedBytes > Int64(limits.tokenBytes) {
                failure = JobFailure(
                    code: "xml_token_too_large",
                    message: "A tag, comment or instruction has more than \(limits.tokenBytes) bytes."
                )
            }
        }
        guard let failure else { return }
        let placed = placing(failure)
        self.failure = placed
        throw placed
    }

    private func placing(_ error: any Error) -> any Error {
        guard var failure = error as? JobFailure, failure.place == nil else { return error }
        failure.place = place
        return failure
    }

    private func stop(_ error: any Error) {
        // The place is taken here: expat may move on a little before it stops.
        if failure == nil { failure = placing(error) }
        isStopped = true
        XML_StopParser(parser, 0)
    }

    // MARK: - Events

    private func started(
        _ name: UnsafePointer<XML_Char>,
        _ pairs: UnsafeMutablePointer<UnsafePointer<XML_Char>?>
    ) {
        guard !isStopped else { return }
        depth += 1
        guard depth <= limits.depth else {
            return stop(
                JobFailure(code: "xml_too_deep", message: "Elements are nested more than \(limits.depth) deep.")
            )
        }
        // Expat counts names and values; nothing is defaulted without a DTD.
        guard Int(XML_GetSpecifiedAttributeCount(parser)) <= 2 * limits.attributes else {
            return stop(
                JobFailure(
                    code: "xml_too_many_attributes",
                    message: "An element has more than \(limits.attributes) attributes."
                )
            )
        }
        let (local, split) = split(UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self))
        do {
            try handler.startElement(
                local.span,
                namespace: UnsafeBufferPointer(start: local.baseAddress.map { $0 - split }, count: max(split - 1, 0))
                    .span,
                attributes: XMLAttributes(pairs: pairs)
            )
        } catch {
            stop(error)
        }
    }

    private func ended() {
        guard !isStopped else { return }
        depth -= 1
        do {
            try handler.endElement()
        } catch {
            stop(error)
        }
    }

    private func read(_ text: UnsafePointer<XML_Char>, _ length: Int) {
        guard !isStopped else { return }
        text.withMemoryRebound(to: UInt8.self, capacity: length) {
            handler.characters(UnsafeBufferPointer(start: $0, count: length).span)
        }
    }

    private func foundDoctype() {
        stop(
            JobFailure(
                code: "xml_doctype",
                message: "The document declares a document type, which could define entities; it is refused."
            )
        )
    }

    // MARK: - Names

    /// The local name, and how many bytes stand before it: the name space's URI and the separator.
    private func split(_ name: UnsafePointer<UInt8>) -> (local: UnsafeBufferPointer<UInt8>, prefix: Int) {
        // Nearly every element has the name space of the one before it, which saves looking for where its name begins.
        let isSame = prefix.withUnsafeBufferPointer { prefix in
            guard let start = prefix.baseAddress, !prefix.isEmpty else { return false }
            return strncmp(
                UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self),
                UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self),
                prefix.count
            ) == 0
        }
        if !isSame {
            var index = Self.length(name) - 1
            while index >= 0, name[index] != Self.separator { index -= 1 }
            prefix = Array(UnsafeBufferPointer(start: name, count: index + 1))
        }
        let local = name + prefix.count
        return (UnsafeBufferPointer(start: local, count: Self.length(local)), prefix.count)
    }

    private static func length(_ name: UnsafePointer<UInt8>) -> Int {
        strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
    }
}
