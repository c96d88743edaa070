/// The download page of a site that publishes releases as the real one does.
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
}
