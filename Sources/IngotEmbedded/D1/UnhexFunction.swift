import CSQLite

/// SQL's `unhex(X)`, which D1 has and SQLite before 3.41 does not: the bytes that hexadecimal digits spell, NULL for
/// anything else.
enum UnhexFunction {
    /// Adds the function where it is missing.
    ///
    /// - Returns: SQLite's code.
    static func install(in connection: OpaquePointer) -> Int32 {
        guard sqlite3_libversion_number() < 3_041_000 else { return SQLITE_OK }
        return sqlite3_create_function_v2(
            connection,
            "unhex",
            1,
            SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
            nil,
            { context, _, arguments in
                guard let argument = arguments?.pointee, let text = sqlite3_value_text(argument) else {
                    return sqlite3_result_null(context)
                }
                let digits = UnsafeBufferPointer(start: text, count: Int(sqlite3_value_bytes(argument)))
                guard let bytes = UnhexFunction.bytes(ofDigits: digits) else { return sqlite3_result_null(context) }
                // SQLite copies the bytes before the call ends.
                bytes.withUnsafeBytes { bytes in
                    if let start = bytes.baseAddress, !bytes.isEmpty {
                        sqlite3_result_blob64(context, start, UInt64(bytes.count), UnhexFunction.transient)
                    } else {
                        sqlite3_result_zeroblob(context, 0)
                    }
                }
            },
            nil,
            nil,
            nil
        )
    }

    private static func bytes(ofDigits digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Character(Unicode.Scalar(digits[index])).hexDigitValue,
                let low = Character(Unicode.Scalar(digits[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// Tells SQLite to copy (`SQLITE_TRANSIENT`, a cast that the C header makes and Swift does not import).
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
