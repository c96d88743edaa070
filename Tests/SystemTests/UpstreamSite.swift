/// A site that publishes releases as the real one does.
enum UpstreamSite {
    /// The download page as the real site lays it out, with these titles.
    static func page(label: String, titles: [Int]) -> String {
        let path = label.replacing("-", with: "/")
        let rows = titles.map { number in
            let file = "usc\(number < 10 ? "0" : "")\(number)@\(label).zip"
            return """
                <div class="uscitem"><div class="usctitle" id="us/usc/t\(number)">Title \(number)</div>
                <div class="itemcurrency">\(label)</div><div class="itemdownloadlinks">
                <a href="releasepoints/us/pl/\(path)/xml_\(file)" title="Title \(number) XML">[XML]</a>&nbsp;
                <a href="releasepoints/us/pl/\(path)/htm_\(file)">[XHTML]</a></div></div>
                """
        }
        return """
            <html><body><h2>Current Release Point</h2>
            <h3 class="releasepointinformation">Public Law \(label) (09/11/2026)</h3>
            <div class=uscitemlist>\(rows.joined(separator: "\n"))</div></body></html>
            """
    }

    /// Serves a folder over HTTP with Python's own server while the body runs.
    ///
    /// - Parameters:
    ///   - silentAbout: a request whose path holds this word is never answered.
    ///   - requests: a file to which the paths of all requests are written, one a line.
    static func serving(
        _ folder: String,
        silentAbout word: String = "no such word",
        requests: String = "/dev/null",
        _ body: @escaping @Sendable (_ address: String) async throws -> Void
    ) async throws {
        let program = """
            import functools, http.server, sys, threading
            class Handler(http.server.SimpleHTTPRequestHandler):
                def do_GET(self):
                    with open(sys.argv[3], "a") as requests:
                        requests.write(self.path + "\\n")
                    if sys.argv[2] in self.path:
                        threading.Event().wait()
                    super().do_GET()
            server = http.server.ThreadingHTTPServer(
                ("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """
        try await PythonServer.run(program, arguments: [folder, word, requests], body)
    }
}
