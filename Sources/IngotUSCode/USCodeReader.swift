import IngotCore
public import IngotLaw
import IngotMarkup

/// Reads the nodes of one title from its zip: the file is unpacked, parsed and built into nodes piece by piece, as the
/// nodes are asked for.
public struct USCodeReader: LawNodeReader {
    private let chunks: () throws -> [UInt8]?
    private let size: Int64
    private let unit: String
    private let file: String
    private let receiver: USLMEventReceiver
    private let parser: XMLPushParser
    private var bytesRead: Int64 = 0
    private var isAtEnd = false
    /// Finished nodes of the last piece, last one first.
    private var queue: [LawNode] = []

    /// - Parameters:
    ///   - unit: what the document must be, for example `5a`.
    ///   - label: the release point that it must be of; `nil` when any will do.
    /// - Throws: `JobFailure` for a file that is no good zip (see `ZipArchive`), `zip_without_xml`,
    ///   `document_unexpected`.
    public init(zip path: String, unit: String, label: String?) throws {
        do {
            let archive = try ZipArchive(path: path)
            let entry = try Self.document(of: unit, in: archive.entries)
            let reader = try archive.open(entry)
            try self.init(unit: unit, label: label, file: entry.name, size: entry.size) { try reader.next() }
        } catch var failure as JobFailure {
            failure.unit = failure.unit ?? unit
            throw failure
        }
    }

    /// - Parameters:
    ///   - file: the document's name, for places in errors.
    ///   - size: bytes of the document.
    ///   - chunks: gives the document piece by piece, then `nil`.
    init(
        unit: String,
        label: String?,
        file: String,
        size: Int64,
        chunks: @escaping () throws -> [UInt8]?
    ) throws {
        self.chunks = chunks
        self.size = size
        self.unit = unit
        self.file = file
        receiver = USLMEventReceiver(USLMExpectation(unit: unit, label: label))
        parser = try XMLPushParser(handler: receiver)
    }

    /// - Throws: `JobFailure` with unit and place: what `XMLPushParser` and `ZipEntryReader` throw,
    ///   `upstream_html`, `document_unexpected`, `document_wrong_release`.
    public mutating func next() throws -> LawNode? {
        while queue.isEmpty, !isAtEnd {
            do {
                try readPiece()
            } catch var failure as JobFailure {
                failure.unit = failure.unit ?? unit
                failure.place?.file = file
                throw failure
            }
        }
        return queue.popLast()
    }

    public var fractionRead: Double {
        isAtEnd ? 1 : size > 0 ? min(1, Double(bytesRead) / Double(size)) : 0
    }

    public var findings: LawReadingFindings { receiver.builder.findings }

    private mutating func readPiece() throws {
        if let piece = try chunks() {
            if bytesRead == 0, HTMLPageSign.isHTML(piece.span) { throw USLMExpectation.page }
            bytesRead += Int64(piece.count)
            try parser.feed(piece)
        } else {
            try parser.finish()
            receiver.builder.documentEnded()
            isAtEnd = true
            guard receiver.builder.nodeCount > 0 else {
                throw USLMExpectation(unit: unit).unexpected("it holds no title and no appendix")
            }
        }
        queue = receiver.builder.finished.reversed()
        receiver.builder.finished.removeAll(keepingCapacity: true)
    }

    /// The entry that holds the unit's document.
    private static func document(of unit: String, in entries: [ZipEntry]) throws -> ZipEntry {
        let documents = entries.filter { entry in
            !entry.isFolder && entry.fileName.lowercased().hasSuffix(".xml") && !entry.fileName.hasPrefix(".")
                && !entry.name.hasPrefix("__MACOSX/")
        }
        guard let first = documents.first else {
            throw JobFailure(
                code: "zip_without_xml",
                message: "The zip of title \(unit) holds no XML document.",
                unit: unit
            )
        }
        if let match = documents.first(where: { Self.unit(ofName: $0.fileName)?.id == unit }) { return match }
        guard documents.count == 1, Self.unit(ofName: first.fileName) == nil else {
            throw USLMExpectation(unit: unit).unexpected(
                "the zip holds " + documents.prefix(5).map(\.fileName).joined(separator: ", ")
            )
        }
        return first
    }

    /// `usc05A.xml` is that of title 5's appendix.
    private static func unit(ofName name: String) -> USCodeUnit? {
        guard name.hasPrefix("usc") else { return nil }
        return USCodeUnit(name.dropFirst(3).prefix { $0 != "." && $0 != "@" })
    }
}
