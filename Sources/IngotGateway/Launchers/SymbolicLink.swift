import Glibc

/// Where a symbolic link leads (readlink(2)), as those of `/proc` to what a process has open.
enum SymbolicLink {
    /// - Returns: `nil` when there is no such link, or it may not be read.
    static func target(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlink(path, start, buffer.count)
            guard count >= 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self)
        }
    }
}
