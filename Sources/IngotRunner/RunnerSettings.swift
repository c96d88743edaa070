import FoundationEssentials
import Glibc
public import IngotCore

/// Where a runner's settings come from: its environment, and the JSON object on a file descriptor that
/// `INGOT_SETTINGS_FD` names, which outweighs it.
public enum RunnerSettings {
    /// The largest JSON object that is read, in bytes.
    static let maximumSize = 8 << 20

    /// Reads the settings of this process.
    ///
    /// - Parameter given: on the command line; outweighs all else.
    /// - Throws: `SettingsError` when the descriptor does not give a JSON object of strings.
    public static func current(replacing given: [String: String] = [:]) throws -> Settings {
        try read(environment: ProcessInfo.processInfo.environment, replacing: given)
    }

    static func read(environment: [String: String], replacing given: [String: String] = [:]) throws -> Settings {
        var values = environment
        if let text = environment[Assignment.Name.descriptor], !text.isEmpty {
            guard let descriptor = Int32(text), descriptor >= 0 else {
                throw SettingsError.malformed(Assignment.Name.descriptor, "not the number of a file descriptor")
            }
            guard let bytes = contents(of: descriptor),
                let more = try? JSONText.decode([String: String].self, from: bytes)
            else {
                throw SettingsError.malformed(
                    Assignment.Name.descriptor,
                    "no JSON object of strings can be read from it"
                )
            }
            values.merge(more) { _, given in given }
        }
        values.merge(given) { _, given in given }
        return Settings(values) { path in
            guard let bytes = FileManager.default.contents(atPath: path),
                bytes.count <= FetchSettings.maximumCertificateBytes
            else {
                throw SettingsError.malformed("FILE", "cannot be read")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func contents(of descriptor: Int32) -> [UInt8]? {
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= maximumSize {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            bytes.append(contentsOf: buffer[..<count])
        }
        return nil
    }
}
