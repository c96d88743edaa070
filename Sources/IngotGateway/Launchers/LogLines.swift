import IngotCore

/// Turns the bytes that a runner writes into lines: bounded in length, valid UTF-8, and without the given secrets.
///
/// Nothing is lost: a line that is too long becomes several.
struct LogLines: Sendable {
    /// The longest line, in bytes.
    static let maximumLength = 65_536
    private static let placeholder = Array("<redacted>".utf8)

    private let secrets: [[UInt8]]
    private let longestSecret: Int
    private var pending: [UInt8] = []

    /// - Parameter secrets: none of these shows in a line.
    init(secrets: [Secret]) {
        // Very short values would blot out innocent text; no credential is that short.
        self.secrets = secrets.map { Array($0.revealed.utf8) }.filter { $0.count >= 6 }.sorted { $0.count > $1.count }
        longestSecret = self.secrets.map(\.count).max() ?? 0
    }

    /// Takes bytes and gives the lines that they complete.
    mutating func append(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: 0x0A) {
            pending.append(contentsOf: rest[..<newline])
            rest = rest[(newline + 1)...]
            shorten(into: &lines)
            lines.append(text(redacted(pending)))
            pending.removeAll(keepingCapacity: true)
        }
        pending.append(contentsOf: rest)
        shorten(into: &lines)
        return lines
    }

    /// Gives what is left after the last line feed.
    mutating func finish() -> [String] {
        guard !pending.isEmpty else { return [] }
        let line = text(redacted(pending))
        pending = []
        return [line]
    }

    /// Cuts full pieces off what is pending.
    ///
    /// A secret may go on over the cut, so what could be the start of one stays.
    private mutating func shorten(into lines: inout [String]) {
        guard pending.count > LogLines.maximumLength + longestSecret else { return }
        pending = redacted(pending)
        var start = 0
        while pending.count - start > LogLines.maximumLength + longestSecret {
            var end = start + LogLines.maximumLength
            // Not within a character.
            while end > start + LogLines.maximumLength - 4, pending[end] & 0xC0 == 0x80 { end -= 1 }
            lines.append(text(Array(pending[start..<end])))
            start = end
        }
        pending.removeFirst(start)
    }

    private func text(_ bytes: [UInt8]) -> String {
        var bytes = bytes[...]
        if bytes.last == 0x0D { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func redacted(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for secret in secrets { bytes = LogLines.replace(secret, in: bytes) }
        return bytes
    }

    private static func replace(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard let first = secret.first, bytes.count >= secret.count else { return bytes }
        var kept: [UInt8]?
        var copied = 0
        var index = 0
        let end = bytes.count - secret.count
        while index <= end {
            guard bytes[index] == first, bytes[index..<(index + secret.count)].elementsEqual(secret) else {
                index += 1
                continue
            }
            var output = kept ?? []
            output.append(contentsOf: bytes[copied..<index])
            output.append(contentsOf: placeholder)
            kept = output
            index += secret.count
            copied = index
        }
        guard var kept else { return bytes }
        kept.append(contentsOf: bytes[copied...])
        return kept
    }
}
