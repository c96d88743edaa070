import CExpat
import IngotCore

/// Reads the small XML documents of the S3 protocol: elements that hold other elements or text, nothing else.
///
/// Document types, and with them entities, are refused, so a document cannot grow while it is read.
package enum FlatXML {
    package static let maximumDepth = 16

    /// - Parameter element: called at the end of each element with the names from the root to it, and its own text.
    /// - Throws: ``ObjectStoreError`` of kind `corrupted` when the bytes are no such document.
    package static func read(_ bytes: [UInt8], element: (_ path: [String], _ text: String) throws -> Void) throws {
        guard let parser = XML_ParserCreate("UTF-8") else {
            throw ObjectStoreError(kind: .unavailable, message: "no memory to read an XML document")
        }
        defer { XML_ParserFree(parser) }
        try withoutActuallyEscaping(element) { element in
            let reading = Reading(parser: parser, element: element)
            XML_SetUserData(parser, Unmanaged.passUnretained(reading).toOpaque())
            XML_SetElementHandler(
                parser,
                { context, name, _ in Reading.of(context)?.start(name.map { String(cString: $0) } ?? "") },
                { context, _ in Reading.of(context)?.end() }
            )
            XML_SetCharacterDataHandler(parser) { context, text, count in
                guard let text else { return }
                text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
                    Reading.of(context)?.append(UnsafeBufferPointer(start: $0, count: Int(count)))
                }
            }
            XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
                Reading.of(context)?.stop(FlatXML.error("a document type is not allowed"))
            }
            // S3 keeps a slow answer alive with white space, which may not stand before an XML declaration.
            let document = bytes.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
            let status = document.withUnsafeBytes {
                XML_Parse(
                    parser,
                    $0.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(clamping: $0.count),
                    1
                )
            }
            if let failure = reading.failure { throw failure }
            guard status == XML_STATUS_OK else {
                let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "not XML"
                throw error("\(reason) at byte \(XML_GetCurrentByteIndex(parser))")
            }
        }
    }

    /// What is wrong with a document that is not what it should be.
    package static func error(_ problem: String) -> ObjectStoreError {
        ObjectStoreError(kind: .corrupted, message: "an XML document cannot be read: \(problem)")
    }
}

/// What the parser has met so far.
///
/// Lives for one call of `FlatXML.read`.
private final class Reading {
    private let parser: XML_Parser
    private let element: ([String], String) throws -> Void
    private var path: [String] = []
    private var text: [UInt8] = []
    private(set) var failure: (any Error)?

    init(parser: XML_Parser, element: @escaping ([String], String) throws -> Void) {
        self.parser = parser
        self.element = element
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> Reading? {
        context.map { Unmanaged<Reading>.fromOpaque($0).takeUnretainedValue() }
    }

    func start(_ name: String) {
        guard path.count < FlatXML.maximumDepth else { return stop(FlatXML.error("nested too deep")) }
        path.append(name)
        text.removeAll(keepingCapacity: true)
    }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) { text.append(contentsOf: bytes) }

    func end() {
        do {
            try element(path, String(decoding: text, as: UTF8.self))
        } catch {
            stop(error)
        }
        path.removeLast()
        text.removeAll(keepingCapacity: true)
    }

    func stop(_ error: any Error) {
        if failure == nil { failure = error }
        XML_StopParser(parser, XML_Bool(XML_FALSE))
    }
}

/// Writes text so that it stands for itself in an XML element.
package func xmlEscaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case "\r": escaped += "&#13;"
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped
}
