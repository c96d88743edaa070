import Glibc
import SystemPackage

/// The small files through which the kernel shows and takes the settings of a control group.
enum ControlGroupFiles {
    /// - Returns: whether the kernel has taken the value.
    @discardableResult
    static func write(_ value: String, to path: FilePath) -> Bool {
        guard let file = try? FileDescriptor.open(path, .writeOnly, options: .closeOnExec) else { return false }
        defer { try? file.close() }
        // One write a value: the kernel takes each as a whole.
        return (try? Array(value.utf8).withUnsafeBytes { try file.write($0) }) != nil
    }

    static func text(_ path: FilePath) -> String? {
        SmallFile.text(path.string)
    }

    /// A file that holds one number.
    static func number(_ path: FilePath) -> Int64? {
        text(path).flatMap { Int64($0.trimmingNewline) }
    }

    /// The value of a key in a file of lines `KEY NUMBER`.
    static func number(_ key: String, in text: String) -> Int64? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == key { return Int64(fields[1]) }
        }
        return nil
    }

    /// Makes a group's folder; one that is there already does as well.
    static func makeFolder(_ path: FilePath) -> Bool {
        mkdir(path.string, 0o755) == 0 || errno == EEXIST
    }
}

/// Files of `/proc` and of control groups: small, and read whole.
enum SmallFile {
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while bytes.count < limit {
            guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    static func text(_ path: String, limit: Int = 1 << 20) -> String? {
        read(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension String {
    /// Without the line feed at its end.
    var trimmingNewline: Substring { hasSuffix("\n") ? dropLast() : self[...] }
}
