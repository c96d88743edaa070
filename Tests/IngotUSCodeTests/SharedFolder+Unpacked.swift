import Glibc
import IngotTesting

extension SharedFolder {
    /// Reads a file below the folder, unpacked when it is packed with xz.
    static func unpacked(_ file: String) throws -> [UInt8] {
        guard file.hasSuffix(".xz") else { return try bytes(file) }
        guard let path = item(file), let pipe = popen("xz -dc '\(path)'", "r") else { return [] }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { bytes += buffer[..<count] }
        return bytes
    }
}
