import IngotCore
import IngotTesting
import Testing

@testable import StandInSite

@Suite("A stand-in site with faults")
struct SiteFaultTests {
    private let path = "/current/pub/chap_001.htm"

    /// What Python's client says of the first and of the second request.
    private func outcomes(_ fault: SiteFault) async throws -> [[JSONValue]] {
        let fixture = try SiteFixture()
        var lines: [[JSONValue]] = []
        try await fixture.serving(faults: .on("chap_001", requests: 1...1, fault)) { site in
            lines = try await python(
                site.portText,
                """
                for _ in range(2):
                    try:
                        r, body = get("\(path)")
                        show(r.status, len(body), r.headers["Retry-After"] or r.headers["Location"])
                    except http.client.IncompleteRead as e:
                        show("IncompleteRead", len(e.partial), e.expected)
                    except Exception as e:
                        show(type(e).__name__)
                    c.close()
                """
            )
            #expect(site.log.requests.map(\.fault) == [fault, nil])
            #expect(site.log.requests.allSatisfy { $0.end != nil })
        }
        #expect(lines.last == [200, .integer(size), nil])
        return lines
    }

    private let size = Int64(SiteFixture.page.count)
    private var half: Int64 { size / 2 }

    @Test(
        "Statuses are as asked for",
        arguments: [
            (SiteFault.tooManyRequests(nil), 429, nil), (.tooManyRequests(.seconds(3)), 429, "3"),
            (.unavailable(nil), 503, nil), (.unavailable(.seconds(120)), 503, "120"), (.internalError, 500, nil),
            (.redirectToItself, 302, "/current/pub/chap_001.htm"),
            (.redirect(to: "https://a.test/b"), 302, "https://a.test/b"),
        ] as [(SiteFault, Int64, String?)]
    )
    func statuses(fault: SiteFault, status: Int64, field: String?) async throws {
        let first = try #require(try await outcomes(fault).first)
        #expect(first[0] == .integer(status))
        #expect(first[2].stringValue == field)
    }

    @Test("A date to ask again at is that many seconds from now")
    func date() async throws {
        let start = Timestamp.now()
        let first = try #require(try await outcomes(.tooManyRequests(.date(in: 90))).first)
        let date = try #require(first[2].stringValue.flatMap(HTTPDate.parse))
        #expect(start.advanced(by: .seconds(89)) <= date && date <= Timestamp.now().advanced(by: .seconds(90)))
    }

    @Test("A connection breaks where it should")
    func breaks() async throws {
        #expect(try await outcomes(.resetBeforeAnswer).first == ["ConnectionResetError"])
        #expect(try await outcomes(.resetWithinBody).first == ["ConnectionResetError"])
        #expect(
            try await outcomes(.truncatedBody).first
                == ["IncompleteRead", .integer(half), .integer(size - half)]
        )
        #expect(try await outcomes(.truncatedClose).first == [200, .integer(half), nil])
        #expect(try await outcomes(.truncatedChunks).first == ["IncompleteRead", .integer(half), nil])
    }

    @Test("A maintenance page is a page with status 200")
    func maintenance() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(as: .uscode, faults: .on(".zip", .maintenancePage)) { site in
            let answer = try await curl("\(site.address)/download/xml_usc01@900-1.zip")
            #expect(answer.status == 200)
            #expect(answer.fields["content-type"] == "text/html")
            #expect(answer.fields["etag"] == nil)
            #expect(answer.text.contains("under maintenance"))
        }
    }

    @Test("A slow body comes whole, in pieces; a stalled one and a silent answer do not come")
    func slowness() async throws {
        let slow = SiteFault.slowBody(pieces: 5, pause: .milliseconds(30))
        let start = ContinuousClock.now
        #expect(try await outcomes(slow).first == [200, .integer(size), nil])
        #expect(ContinuousClock.now - start >= .milliseconds(150))

        let fixture = try SiteFixture()
        let faults = SiteFaults.on("chap_001", requests: 1...1, .stalledBody)
            .and(.on("chap_001", requests: 2...2, .silence))
        try await fixture.serving(faults: faults) { site in
            let lines = try await python(
                site.portText,
                """
                c.request("GET", "\(path)")
                r = c.getresponse()
                got = r.read(\(half))
                c.sock.settimeout(0.3) if c.sock else r.fp.raw._sock.settimeout(0.3)
                try:
                    r.read(1)
                    show("more")
                except TimeoutError:
                    show(r.status, len(got), "stalled")
                c.close(); r.close()
                c.request("GET", "\(path)")
                c.sock.settimeout(0.3)
                try:
                    c.getresponse()
                    show("answer")
                except TimeoutError:
                    show("silent")
                """
            )
            #expect(lines == [[200, .integer(half), "stalled"], ["silent"]])
            // The site sees that its clients have gone.
            let ended = await site.log.first { $0.fault == .silence && $0.end != nil }
            #expect(ended?.status == nil)
            #expect(site.log.requests.map(\.status) == [200, nil])
        }
    }

    @Test("A changed tag stays changed, and the bytes are the same")
    func changedTag() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(faults: .on("chap_001", requests: 2...2, .changedEntityTag)) { site in
            let url = site.address + path
            let first = try await curl(url)
            let tag = try #require(first.fields["etag"])
            let second = try await curl(url, "--header", "If-None-Match: \(tag)")
            #expect(second.status == 200)
            #expect(second.body == first.body)
            let changed = try #require(second.fields["etag"])
            #expect(changed != tag)
            #expect(second.fields["last-modified"] != first.fields["last-modified"])
            #expect(try await curl(url, "--header", "If-None-Match: \(tag)").status == 200)
            #expect(try await curl(url, "--header", "If-None-Match: \(changed)").status == 304)
        }
    }

    @Test("A loop of redirects has no end")
    func loop() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(faults: .on("chap_001", requests: 1...1, .redirectLoop)) { site in
            var address = path
            var seen: Set<String> = []
            for _ in 0..<20 {
                let answer = try await curl(site.address + address)
                #expect(answer.status == 302)
                address = try #require(answer.fields["location"])
                #expect(seen.insert(address).inserted)
            }
            #expect(try await curl(site.address + path).status == 200)
        }
    }

    @Test("What spoils a body leaves an answer without one alone")
    func withoutBody() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(faults: .on("chap_001", requests: 2...9, .truncatedBody)) { site in
            let url = site.address + path
            let tag = try #require(try await curl(url).fields["etag"])
            #expect(try await curl(url, "--header", "If-None-Match: \(tag)").status == 304)
            #expect(try await curl(url, "--head").status == 200)
            #expect(site.log.requests.map(\.fault) == [nil, nil, nil])
        }
    }

    @Test("Chance gives each fault its share, the same again for the same seed, and never too many in a row")
    func chances() {
        let faults = SiteFaults.each(0.05, seed: 3)
        let paths = (1...4000).map { "/current/pub/chap_\($0).htm" }
        func drawn(_ faults: SiteFaults, _ paths: [String]) -> [String: [SiteFault?]] {
            Dictionary(
                uniqueKeysWithValues: paths.map { path in (path, (1...6).map { faults.fault(for: path, number: $0) }) }
            )
        }
        let first = drawn(faults, paths)
        #expect(drawn(faults, paths.reversed()) == first)
        #expect(drawn(.each(0.05, seed: 4), paths) != first)
        for fault in SiteFault.passing {
            let share = Double(first.values.count { $0[0] == fault }) / Double(paths.count)
            #expect((0.03...0.07).contains(share), "\(fault)")
        }
        for row in first.values {
            for start in 0..<4 { #expect(row[start..<(start + 3)].contains { $0 == nil }) }
        }
        #expect(first.values.contains { $0[0] != nil && $0[1] != nil })
        #expect((1...1000).allSatisfy { SiteFaults.each(1, seed: 1).fault(for: "/robots.txt", number: $0) == nil })
        let listed = SiteFaults.each(1, of: [.internalError]).and(.on("Chap_1.", requests: 2...3, .silence))
        #expect(
            (1...4).map { listed.fault(for: "/chap_1.htm", number: $0) } == [
                .internalError, .silence, .silence, .internalError,
            ]
        )
    }

    @Test("A client that asks three times gets every page through faults of every kind")
    func passing() async throws {
        let fixture = try SiteFixture()
        let names = (1...60).map { "current/pub/chap_\($0).htm" }
        for name in names { try fixture.folder.write(name, SiteFixture.page) }
        try await fixture.serving(faults: .each(0.05, seed: 11)) { site in
            // Python's client neither asks again nor reads what was cut off.
            let lines = try await python(
                site.portText,
                """
                for n in range(1, 61):
                    for attempt in range(3):
                        try:
                            r, body = get("/current/pub/chap_%d.htm" % n)
                        except (http.client.HTTPException, OSError):
                            c.close()
                            continue
                        if r.status == 200 and len(body) == \(SiteFixture.page.count):
                            show(n)
                            break
                        c.close()
                """
            )
            #expect(lines == (1...60).map { [JSONValue.integer($0)] })
            #expect(site.log.requests.count { $0.fault != nil } > 20)
        }
    }
}
