import Subprocess
import SystemPackage

/// The text of a page as another program reads it: Python's own HTML parser, and a list of what is navigation.
enum IndependentText {
    /// The visible text of the body without white space and navigation, in the page's order.
    static func of(_ page: [UInt8]) async throws -> String {
        let program = """
            import sys
            from html.parser import HTMLParser

            VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
            HIDDEN = {"script", "style", "noscript", "head"}

            class Text(HTMLParser):
                def __init__(self):
                    super().__init__(convert_charrefs=True)
                    self.open, self.parts, self.link = [], [], None
                def handle_starttag(self, tag, attributes):
                    if tag in VOID: return
                    classes = (dict(attributes).get("class") or "").split()
                    skipped = tag in HIDDEN or bool({"nav_tbl", "toc_catchln", "chap_toc_hd"} & set(classes))
                    if tag == "p":
                        while self.open and self.open[-1][0] == "p": self.open.pop()
                    self.open.append((tag, skipped))
                    if tag == "a": self.link = len(self.parts)
                def handle_endtag(self, tag):
                    if tag not in [name for name, _ in self.open]: return
                    while self.open:
                        name, _ = self.open.pop()
                        if name == tag: break
                    if tag == "a" and self.link is not None:
                        if "".join(self.parts[self.link:]).strip().startswith("(Return to"):
                            del self.parts[self.link:]
                        self.link = None
                def handle_data(self, data):
                    if any(skipped for _, skipped in self.open): return
                    if not any(name == "body" for name, _ in self.open): return
                    self.parts.append(data)

            parser = Text()
            parser.feed(sys.stdin.buffer.read().decode("utf-8-sig"))
            parser.close()
            sys.stdout.write("".join("".join(parser.parts).split()))
            """
        let outcome = try await Subprocess.run(
            .name("python3"),
            arguments: ["-c", program],
            input: .array(page),
            output: .bytes(limit: 16 << 20),
            error: .discarded
        )
        guard case .exited(0) = outcome.terminationStatus else { throw Failed() }
        return String(decoding: outcome.standardOutput, as: UTF8.self)
    }

    struct Failed: Error {}
}
