import IngotCore
import Subprocess
import SystemPackage
import Testing

/// What curl got.
struct CurlAnswer {
    var status: Int
    /// With names in lower case.
    var fields: [String: String] = [:]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Asks with curl.
func curl(_ url: String, _ arguments: String...) async throws -> CurlAnswer { try await curl(url, arguments) }

func curl(_ url: String, _ arguments: [String]) async throws -> CurlAnswer {
    let result = try await Subprocess.run(
        .name("curl"),
        arguments: Arguments(["--silent", "--include", "--path-as-is", "--max-time", "60"] + arguments + [url]),
        output: .bytes(limit: 16 << 20)
    )
    try #require(result.terminationStatus == .exited(0))
    let bytes = result.standardOutput
    let end = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) })
    // Swift takes CRLF for one character.
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = try #require(lines.first).split(separator: " ")
    var answer = CurlAnswer(status: try #require(Int(words[1])), body: Array(bytes[(end + 4)...]))
    for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        answer.fields[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
    }
    return answer
}

/// Runs a program in Python on an `http.client` connection `c`, which prints JSON, one array a line.
func python(_ port: String, _ program: String) async throws -> [[JSONValue]] {
    let start = """
        import http.client, json, socket, sys
        c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
        def show(*values):
            print(json.dumps(values), flush=True)
        def get(path, **headers):
            c.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            r = c.getresponse()
            return r, r.read()

        """
    let result = try await Subprocess.run(
        .name("python3"),
        arguments: ["-c", start + program, port],
        output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20)
    )
    try #require(result.terminationStatus == .exited(0), "\(result.standardError)")
    return try result.standardOutput.split(separator: "\n").map { line in
        let values = try JSONValue(parsing: line.utf8).arrayValue
        return try #require(values)
    }
}
