import FoundationEssentials

/// The folder of reference data that may lie beside the checkout.
///
/// Suites that need it are skipped without it.
public enum SharedFolder {
    /// Where `INGOT_SHARED` says, or `shared` beside the checkout; `nil` when there is no such folder.
    public static let path: String? = {
        if let path = ProcessInfo.processInfo.environment["INGOT_SHARED"], isFolder(path) { return path }
        // This file lies in CHECKOUT/Tests/IngotTesting.
        let parts = #filePath.split(separator: "/").dropLast(4)
        let path = "/" + parts.joined(separator: "/") + "/shared"
        return isFolder(path) ? path : nil
    }()

    /// Why a suite is skipped.
    public static let absence = "the shared folder is not beside the checkout"

    /// Reads a file below the folder.
    public static func bytes(_ file: String) throws -> [UInt8] {
        guard let path else { throw CocoaError(.fileNoSuchFile) }
        return Array(try Data(contentsOf: URL(filePath: "\(path)/\(file)")))
    }

    /// Reads a text file below the folder.
    public static func text(_ file: String) throws -> String { String(decoding: try bytes(file), as: UTF8.self) }

    private static func isFolder(_ path: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil
    }
}
