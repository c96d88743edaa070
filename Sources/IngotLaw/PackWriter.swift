import Crypto
import IngotCore
import IngotMarkup

/// Where a record lies: which pack, and the bytes of its gzip member in it.
struct PackPlace: Equatable, Sendable {
    /// The pack's number in ``PackWriter/names``.
    var pack: Int32
    var offset: Int32
    var length: Int32
}

/// Collects records into packs and stores them: NDJSON, one gzip member a record, named by the pack's SHA-256.
///
/// The whole object is an ordinary gzip file, and one record is a ranged get of its member. See ``PackName`` for what
/// happens when a pack is there already.
struct PackWriter {
    /// A pack is stored before it would grow beyond this; a single larger record gets a pack of its own.
    static let maximumPackBytes = 8 << 20
    /// The largest record that is taken, before compression.
    static let maximumRecordBytes = 64 << 20

    private let objects: any ObjectStore
    private let source: String
    private let author: String
    private let isKept: @Sendable (_ pack: String) async throws -> Bool
    private var pending: [UInt8] = []
    /// Names of the packs so far; the one that is being filled has no name yet.
    private(set) var names: [String] = []
    /// The packs that this writer made, or found to be kept.
    private var stored: Set<String> = []

    /// - Parameters:
    ///   - author: tells this attempt from all others of the source, for names of its own.
    ///   - isKept: whether a pack cannot go away while the attempt runs, because what readers see refers to it.
    init(
        objects: any ObjectStore,
        source: String,
        author: String,
        isKept: @escaping @Sendable (_ pack: String) async throws -> Bool
    ) {
        self.objects = objects
        self.source = source
        self.author = author
        self.isKept = isKept
    }

    /// For the members of any number of packs.
    static func compressor() -> GzipCompressor { GzipCompressor(level: 1) }

    /// The member of one record, a line of JSON without its end.
    ///
    /// - Throws: `JobFailure` `node_too_large`.
    static func member(of record: [UInt8], by compressor: GzipCompressor) throws -> [UInt8] {
        guard record.count <= maximumRecordBytes else {
            throw JobFailure(
                code: "node_too_large",
                message: "A node's record has \(record.count) bytes, more than \(maximumRecordBytes)."
            )
        }
        return compressor.compress(record + [UInt8(ascii: "\n")])
    }

    /// Takes one record's member.
    mutating func append(_ member: [UInt8]) async throws -> PackPlace {
        if !pending.isEmpty, pending.count + member.count > Self.maximumPackBytes { try await flush() }
        let place = PackPlace(
            pack: Int32(names.count),
            offset: Int32(pending.count),
            length: Int32(member.count)
        )
        pending.append(contentsOf: member)
        return place
    }

    /// Stores what is pending; after it every place has its pack's name.
    mutating func flush() async throws {
        guard !pending.isEmpty else { return }
        let hash = ContentHash(of: pending).hexadecimal
        var name = PackName.shared(source: source, hash: hash)
        if !stored.contains(name) {
            // Asked before the put: a put that is repeated cannot tell what was there before from what it stored.
            let isThere = try await objects.head(name) != nil
            let stays = isThere ? try await isKept(name) : false
            if isThere, !stays { name = PackName.own(source: source, hash: hash, author: author) }
            if !stays { try await put(name, hash: hash) }
        }
        stored.insert(name)
        names.append(name)
        pending.removeAll(keepingCapacity: true)
    }

    private func put(_ name: String, hash: String) async throws {
        try await objects.put(
            name,
            ObjectBody(bytes: pending, sha256: hash),
            contentType: "application/gzip",
            onlyIfAbsent: true
        )
    }
}
