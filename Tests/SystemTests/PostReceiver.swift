/// A program that takes posts, as a webhook's address does, and keeps what they say.
enum PostReceiver {
    /// Runs Python's own server while the body runs.
    ///
    /// - Parameter file: to which each post's body is written, a line each.
    static func serving(
        keeping file: String,
        _ body: @escaping @Sendable (_ address: String) async throws -> Void
    ) async throws {
        let program = """
            import http.server, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["content-length"]))
                    with open(sys.argv[1], "ab") as kept:
                        kept.write(body + b"\\n")
                    self.send_response(204)
                    self.end_headers()
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """
        try await PythonServer.run(program, arguments: [file]) { try await body("\($0)/hook") }
    }
}
