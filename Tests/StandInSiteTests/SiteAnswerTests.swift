import AsyncHTTPClient
import IngotCore
import IngotMarkup
import IngotTesting
import NIOCore
import StandInSite
import Testing

@Suite("A stand-in site without faults")
struct SiteAnswerTests {
    @Test("Connecticut's serves the bytes of a file, whatever letters of its path are capitals")
    func connecticut() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            for path in ["current/pub/chap_001.htm", "Current/PUB/Chap_001.HTM", "current/pub/chap%5F001.htm?x=1"] {
                let answer = try await curl("\(site.address)/\(path)")
                #expect(answer.status == 200)
                #expect(answer.body == SiteFixture.page)
                #expect(answer.fields["content-type"] == "text/html")
                #expect(answer.fields["content-length"] == String(SiteFixture.page.count))
                #expect(try #require(answer.fields["etag"]).wholeMatch(of: /"[0-9a-f]+-[0-9a-f]+"/) != nil)
                #expect(try #require(answer.fields["last-modified"]).hasSuffix(" GMT"))
            }
            let missing = try await curl("\(site.address)/current/pub/chap_999.htm")
            #expect(missing.status == 404)
            #expect(missing.fields["content-type"] == "text/html")
            #expect(missing.text.contains("<html>"))
            for path in ["", "current", "current/pub/", "CURRENT/PUB", "current/pub/Chap_001.htm/x", "no/such"] {
                #expect(try await curl("\(site.address)/\(path)").status == 404)
            }
            let empty = try await curl("\(site.address)/empty.txt")
            #expect(empty.status == 200 && empty.body.isEmpty && empty.fields["content-length"] == "0")
        }
    }

    @Test("the Code's serves zips, and tells capitals from small letters")
    func uscode() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(as: .uscode) { site in
            let answer = try await curl("\(site.address)/download/xml_usc01@900-1.zip")
            #expect(answer.status == 200)
            #expect(answer.body == SiteFixture.zip)
            #expect(answer.fields["content-type"] == "application/zip")
            #expect(try await curl("\(site.address)/download/xml_usc01%40900-1.zip").body == SiteFixture.zip)
            #expect(try await curl("\(site.address)/Download/xml_usc01@900-1.zip").status == 404)
        }
    }

    @Test("HEAD has the fields of GET and no body")
    func head() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            let url = "\(site.address)/current/pub/chap_001.htm"
            let get = try await curl(url)
            let head = try await curl(url, "--head")
            #expect(head.body.isEmpty)
            #expect(head.fields == get.fields)
        }
    }

    @Test("A file that its sender has already is not sent; a tag goes before a date")
    func conditions() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            let url = "\(site.address)/current/pub/chap_001.htm"
            let first = try await curl(url)
            let tag = try #require(first.fields["etag"])
            let time = try #require(first.fields["last-modified"])
            let old = "Thu, 01 Jan 1970 00:00:00 GMT"
            let new = "Fri, 01 Jan 2100 00:00:00 GMT"
            for (fields, status) in [
                (["If-None-Match: \(tag)"], 304), (["If-None-Match: W/\(tag)"], 304), (["If-None-Match: *"], 304),
                (["If-None-Match: \"1-1\", \(tag)"], 304), (["If-None-Match: \"1-1\""], 200),
                (["If-Modified-Since: \(time)"], 304), (["If-Modified-Since: \(new)"], 304),
                (["If-Modified-Since: \(old)"], 200), (["If-Modified-Since: soon"], 200),
                (["If-None-Match: \(tag)", "If-Modified-Since: \(old)"], 304),
                (["If-None-Match: \"1-1\"", "If-Modified-Since: \(new)"], 200),
            ] {
                let answer = try await curl(url, fields.flatMap { ["--header", $0] })
                #expect(answer.status == status, "\(fields)")
                #expect(answer.body == (status == 304 ? [] : SiteFixture.page))
                #expect(answer.fields["etag"] == tag)
                #expect(answer.fields["last-modified"] == time)
            }
            #expect(site.log.requests.map(\.isConditional) == [false] + Array(repeating: true, count: 11))
            #expect(site.log.requests.map(\.status).count { $0 == 304 } == 7)

            // The file is written anew while the site runs.
            try fixture.folder.write("current/pub/chap_001.htm", SiteFixture.page)
            let again = try await curl(url, "--header", "If-None-Match: \(tag)")
            #expect(again.status == 200)
            #expect(again.fields["etag"] != tag)
        }
    }

    @Test("A connection is used for several requests, also after an answer without a body")
    func keepAlive() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            let lines = try await python(
                site.portText,
                """
                path = "/current/pub/chap_001.htm"
                r, body = get(path)
                port = c.sock.getsockname()[1]
                for headers in [{"If-None-Match": r.headers["ETag"]}, {}, {"Connection": "close"}]:
                    c.request("GET", path, headers=headers)
                    r2 = c.getresponse()
                    same = c.sock is not None and c.sock.getsockname()[1] == port
                    show(r2.status, len(r2.read()), same, r2.headers["Connection"])
                """
            )
            let size = Int64(SiteFixture.page.count)
            #expect(
                lines == [
                    [304, 0, true, nil], [200, .integer(size), true, nil], [200, .integer(size), false, "close"],
                ]
            )
        }
    }

    @Test("What a real server refuses is refused")
    func refusals() async throws {
        let fixture = try SiteFixture()
        let behaviour = SiteBehaviour(requiresUserAgent: true, hosts: ["statutes.test"])
        try await fixture.serving(behaviour) { site in
            let url = "\(site.address)/current/pub/chap_001.htm"
            #expect(try await curl(url).status == 200)
            #expect(try await curl(url, "--header", "Host: statutes.test").status == 200)
            #expect(try await curl(url, "--header", "Host: example.org").status == 400)
            #expect(try await curl(url, "--header", "Host:", "--http1.0").status == 400)
            #expect(try await curl("\(site.address)/current/../current/pub/chap_001.htm").status == 400)
            #expect(try await curl("\(site.address)/%2e%2e/etc/passwd").status == 400)
            #expect(try await curl("\(site.address)/%zz").status == 400)
            #expect(try await curl(url, "--header", "User-Agent:").status == 403)
            let posted = try await curl(url, "--data", "a=1")
            #expect(posted.status == 405)
            #expect(posted.fields["allow"] == "GET, HEAD")
            let lines = try await python(
                site.portText,
                """
                for hosts in [[], ["127.0.0.1:" + sys.argv[1]] * 2]:
                    c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
                    c.putrequest("GET", "/current/pub/chap_001.htm", skip_host=True)
                    for host in hosts: c.putheader("Host", host)
                    c.putheader("User-Agent", "a test")
                    c.endheaders()
                    show(c.getresponse().status)
                """
            )
            #expect(lines == [[400], [400]])
        }
    }

    @Test("robots.txt is what it is set to be")
    func robots() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            let url = "\(site.address)/robots.txt"
            #expect(try await curl(url).status == 404)
            site.behaviour.robots = .text("User-agent: *\nDisallow: /private\n")
            let answer = try await curl(url)
            #expect(answer.status == 200)
            #expect(answer.fields["content-type"] == "text/plain")
            #expect(answer.text == "User-agent: *\nDisallow: /private\n")
            site.behaviour.robots = .status(503)
            #expect(try await curl(url).status == 503)
        }
    }

    @Test("Bodies are compressed when the site does that and the client takes it")
    func compression() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            let url = "\(site.address)/current/pub/chap_001.htm"
            let accept = "Accept-Encoding: gzip"
            #expect(try await curl(url, "--header", accept).fields["content-encoding"] == nil)
            site.behaviour.compresses = true
            #expect(try await curl(url).fields["content-encoding"] == nil)
            let answer = try await curl(url, "--header", accept)
            #expect(answer.fields["content-encoding"] == "gzip")
            #expect(answer.body.count < SiteFixture.page.count / 2)
            #expect(try GzipMember.decompress(answer.body, limit: 1 << 20) == SiteFixture.page)
            #expect(try await curl(url, "--compressed").body == SiteFixture.page)
        }
    }

    @Test("A large file comes whole, to many clients at once")
    func large() async throws {
        let fixture = try SiteFixture()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }
        try fixture.folder.write("large.bin", bytes)
        try await fixture.serving { site in
            try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let request = HTTPClientRequest(url: "\(site.address)/large.bin")
                        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                        return Array(buffer: try await answer.body.collect(upTo: 4 << 20))
                    }
                }
                for try await received in group { #expect(received == bytes) }
            }
        }
    }
}
