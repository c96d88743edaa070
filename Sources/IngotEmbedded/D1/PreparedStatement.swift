import CSQLite
import IngotCore

/// One compiled statement.
///
/// Used by the connection that made it, on that connection's thread.
final class PreparedStatement {
    let handle: OpaquePointer
    /// The statement sets something of the connection, so the connection restores it after the call.
    let changesSettings: Bool

    init(handle: OpaquePointer, changesSettings: Bool) {
        self.handle = handle
        self.changesSettings = changesSettings
    }

    deinit { sqlite3_finalize(handle) }

    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

    /// The name of the first parameter that is not `?` or `?NNN`.
    var namedParameter: String? {
        for index in 0..<sqlite3_bind_parameter_count(handle) {
            guard let name = sqlite3_bind_parameter_name(handle, index + 1) else { continue }
            if name.pointee != CChar(bitPattern: UInt8(ascii: "?")) { return String(cString: name) }
        }
        return nil
    }

    /// Binds a value as D1 does: every number is a double.
    ///
    /// - Returns: SQLite's code.
    func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(handle, index)
        case .integer(let number):
            return sqlite3_bind_double(handle, index, Double(number))
        case .real(let number):
            return sqlite3_bind_double(handle, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(
                        handle,
                        index,
                        // Without a pointer SQLite would bind NULL instead of the empty text.
                        $0.baseAddress ?? emptyText,
                        UInt64($0.count),
                        transient,
                        UInt8(SQLITE_UTF8)
                    )
                }
            }
        case .blob(let bytes):
            if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), transient)
            }
        }
    }

    /// Makes the statement ready for its next run and lets go of what was bound.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    var columns: [String] {
        (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }

    /// The current row's value as it reads after a way through JSON: every number is a double.
    func value(at index: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER:
            return SQLValue(throughJSON: Double(sqlite3_column_int64(handle, index)))
        case SQLITE_FLOAT:
            return SQLValue(throughJSON: sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(handle, index) else { return .text("") }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(handle, index) else { return .blob([]) }
            let count = Int(sqlite3_column_bytes(handle, index))
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default:
            return .null
        }
    }
}

extension PreparedStatement {
    /// The current row's value as SQL text that gives the very same value, integers with all their digits.
    func literal(at index: Int32) -> String {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return String(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT:
            let number = sqlite3_column_double(handle, index)
            return number.isInfinite ? (number < 0 ? "-9e999" : "9e999") : number.description
        case SQLITE_TEXT:
            let bytes = bytes(at: index)
            // A text in quotes ends at a NUL, and a file of text holds only what is UTF-8.
            guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
                return "CAST(X'\(hexadecimal(bytes))' AS TEXT)"
            }
            return "'\(text.replacing("'", with: "''"))'"
        case SQLITE_BLOB:
            return "X'\(hexadecimal(bytes(at: index)))'"
        default: return "NULL"
        }
    }

    /// The bytes of the current row's text or blob as they are stored.
    func bytes(at index: Int32) -> [UInt8] {
        // A blob's bytes are asked for as such: as text they might be converted.
        let isText = sqlite3_column_type(handle, index) == SQLITE_TEXT
        let start = isText ? UnsafeRawPointer(sqlite3_column_text(handle, index)) : sqlite3_column_blob(handle, index)
        guard let start else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index))))
    }
}

/// Tells SQLite to copy what is bound (`SQLITE_TRANSIENT`, a cast that the C header makes and Swift does not import).
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// One zero byte with a lifetime without end.
private var emptyText: UnsafePointer<CChar> {
    let text: StaticString = ""
    return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
