public import IngotCore

public struct Fetcher: Sendable {
    func fileNames(inFolder path: String) throws -> [String] { [] }
    func page(_ url: String, limit: Int) async throws -> [UInt8] { [] }
    func page(inFolder folder: String, path: String, limit: Int) throws -> [UInt8] { [] }
    func capture(_ url: String, name: String, limit: Int64) async throws -> Capture {
        throw JobFailure(code: "upstream_unreachable", message: "")
    }
    func capture(inFolder folder: String, name: String, limit: Int64) async throws -> Capture {
        throw JobFailure(code: "upstream_unreachable", message: "")
    }
}
