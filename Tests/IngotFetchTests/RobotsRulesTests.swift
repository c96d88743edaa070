import Testing

@testable import IngotFetch

@Suite("robots.txt (RFC 9309)")
struct RobotsRulesTests {
    private func prohibition(_ text: String, _ path: String) -> String? {
        RobotsRules(text).prohibition(of: path).map { "\($0.line): \($0.text)" }
    }

    @Test("The group that names Ingot counts, whatever its case and version, and else the one for everybody")
    func groups() {
        let text = """
            \u{FEFF}User-Agent: other\r
            Disallow: /\r
            \r
            USER-AGENT : Ingot/2.0  # a comment\r
            user-agent: friend\r
            disallow: /own # ours\r
            Sitemap: https://example.org/map\r
            Disallow: /more\r
            User-agent: *\r
            Disallow: /all\r
            """
        #expect(prohibition(text, "/own/a") == "6: disallow: /own")
        #expect(prohibition(text, "/more") == "8: Disallow: /more")
        #expect(prohibition(text, "/all") == nil)
        #expect(prohibition(text, "/else") == nil)
        #expect(prohibition("user-agent: ingotbot\ndisallow: /", "/") == nil, "another name that begins alike")
        #expect(prohibition("user-agent: *\ndisallow: /x\nuser-agent: z\ndisallow: /y", "/x") == "2: disallow: /x")
        #expect(prohibition("user-agent: ingot\nuser-agent: z\n\nuser-agent: *\ndisallow: /", "/a") != nil)
    }

    @Test("Several groups for one name are one; a group without rules allows everything")
    func combined() {
        let text = "user-agent: ingot\ndisallow: /a\n\nuser-agent: *\ndisallow: /c\n\nuser-agent: ingot\ndisallow: /b"
        #expect(prohibition(text, "/a") != nil)
        #expect(prohibition(text, "/b") != nil)
        #expect(prohibition(text, "/c") == nil)
        #expect(prohibition("user-agent: ingot\ndisallow:\n\nuser-agent: *\ndisallow: /", "/a") == nil)
        #expect(prohibition("disallow: /", "/a") == nil, "a rule before any name is nobody's")
        #expect(prohibition("", "/a") == nil)
        #expect(prohibition("user-agent: *\ndisallow: /", "/robots.txt") == nil)
    }

    @Test(
        "Patterns match from the start, with * and $",
        arguments: [
            ("/", "/anything", true), ("/fish", "/fish", true), ("/fish", "/fish.html?id=1", true),
            ("/fish", "/Fish", false), ("/fish", "/catfish", false), ("/fish/", "/fish", false),
            ("/fish*", "/fishheads/a", true), ("/*.php", "/folder/a.php?b", true), ("/*.php", "/", false),
            ("/*.php$", "/a.php", true), ("/*.php$", "/a.php?b", false), ("/*.php$", "/a.php5", false),
            ("/fish*.php", "/fish/salmon.php", true), ("/fish*.php", "/Fish.PHP", false), ("/a*b*c", "/aXbYbZc", true),
            ("/a*b*c$", "/abcab", false), ("/a*b*b$", "/ab", false), ("*", "/x", true), ("$", "/", false),
            ("/a$b", "/a$b", true), ("/a$", "/a", true), ("/a$", "/ab", false), ("/**/x", "/y/x", true),
            // Escapes are compared as RFC 9309, section 2.2.2 says.
            ("/foo/bar?baz=quz", "/foo/bar?baz=quz", true), ("/foo/bar/ツ", "/foo/bar/%E3%83%84", true),
            ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", true), ("/foo/bar/%62%61%7A", "/foo/bar/baz", true),
            ("/a%2Fb", "/a/b", false), ("/a%2fb", "/a%2Fb", true), ("/file-%2A.html", "/file-*.html", true),
            ("/file-%2A.html", "/file-x.html", false), ("/foo-%24", "/foo-$", true), ("/%7Ejoe/", "/~joe/a", true),
            ("/100%", "/100%", true),
        ]
    )
    func patterns(pattern: String, path: String, matches: Bool) {
        #expect(RobotsPattern(pattern).matches(normalized: RobotsPattern.normalized(path: path)) == matches)
    }

    @Test("The longest pattern decides, and of two the one that allows")
    func longest() {
        #expect(prohibition("user-agent: *\nallow: /p\ndisallow: /", "/page") == nil)
        #expect(prohibition("user-agent: *\ndisallow: /folder\nallow: /folder", "/folder/page") == nil)
        #expect(prohibition("user-agent: *\nallow: /page\ndisallow: /*.htm", "/page.htm") != nil)
        #expect(prohibition("user-agent: *\nallow: /$\ndisallow: /", "/") == nil)
        #expect(prohibition("user-agent: *\nallow: /$\ndisallow: /", "/page") != nil)
        #expect(prohibition("user-agent: *\ndisallow: /a\nallow: /a/b/\ndisallow: /a/b/c", "/a/b/c/d") != nil)
    }

    @Test("A crawl delay is taken, within ten minutes")
    func crawlDelay() {
        #expect(RobotsRules("user-agent: *\ncrawl-delay: 2.5").crawlDelay == .milliseconds(2500))
        #expect(RobotsRules("user-agent: *\nCrawl-Delay: 86400").crawlDelay == .seconds(600))
        #expect(RobotsRules("user-agent: x\ncrawl-delay: 5").crawlDelay == nil)
        #expect(RobotsRules("user-agent: *\ncrawl-delay: 120").crawlDelay == .seconds(120))
        for odd in ["-1", "0", "soon", "nan", ""] {
            #expect(RobotsRules("user-agent: *\ncrawl-delay: \(odd)").crawlDelay == nil)
        }
        #expect(RobotsRules("user-agent: *\ncrawl-delay: inf").crawlDelay == .seconds(600))
    }

    @Test("What is made to take long does not", .timeLimit(.minutes(1)))
    func hostile() {
        let stars = String(repeating: "*a", count: 100_000)
        let path = "/" + String(repeating: "a", count: 8000)
        #expect(prohibition("user-agent: *\ndisallow: /\(stars)b", path) == nil)
        let many = "user-agent: *\n" + String(repeating: "disallow: /*x*y*z\n", count: 2000)
        #expect(prohibition(many, path) == nil)
    }
}
