import AsyncHTTPClient
import IngotTesting
import NIOCore
import NIOHTTP1
import StandInSite
import Testing

@Suite("What a stand-in site measures")
struct SiteLogTests {
    private func get(_ site: StandInSite, _ path: String) async throws -> Int {
        let request = HTTPClientRequest(url: site.address + path)
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        _ = try await answer.body.collect(upTo: 4 << 20)
        return Int(answer.status.code)
    }

    @Test("Requests one after the other are never two at once, and each is in the log")
    func oneByOne() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving { site in
            for _ in 0..<100 { #expect(try await get(site, "/current/pub/chap_001.htm") == 200) }
            for _ in 0..<3 { #expect(try await get(site, "/none.htm?a=b") == 404) }
            #expect(site.log.mostAtOnce == 1)
            #expect(site.log.countsByPath == ["/current/pub/chap_001.htm": 100, "/none.htm": 3])
            #expect(site.log.mostStarts(within: .seconds(3600)) == 103)
            let requests = site.log.requests
            #expect(requests.map(\.status) == Array(repeating: 200, count: 100) + [404, 404, 404])
            for (request, next) in zip(requests, requests.dropFirst()) {
                let end = try #require(request.end)
                #expect(request.start <= end && end <= next.start)
            }
            // Counted the slow way.
            for stretch in [Duration.milliseconds(1), .milliseconds(7), .milliseconds(50)] {
                let most = requests.map { first in
                    requests.count { $0.start >= first.start && first.start.duration(to: $0.start) < stretch }
                }.max()
                #expect(site.log.mostStarts(within: stretch) == most)
            }
            site.log.reset()
            #expect(site.log.requests.isEmpty && site.log.mostAtOnce == 0 && site.log.mostStarts() == 0)
        }
    }

    @Test("Requests that wait are counted together until their clients go")
    func atOnce() async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(faults: .on("chap_001", .silence)) { site in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...5 {
                    group.addTask { _ = try await get(site, "/current/pub/chap_001.htm?\(number)") }
                    let count = number
                    _ = await site.log.first { _ in site.log.requests.count == count }
                }
                #expect(site.log.mostAtOnce == 5)
                let status = try await get(site, "/empty.txt")
                #expect(status == 200)
                #expect(site.log.mostAtOnce == 6)
                site.log.reset()
                // What has not ended is not forgotten.
                #expect(site.log.requests.count == 5)
                #expect(site.log.mostAtOnce == 5)
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .success = result { Issue.record("an answer came") }
                }
            }
            _ = await site.log.first { _ in site.log.requests.allSatisfy { $0.end != nil } }
            site.log.reset()
            #expect(site.log.mostAtOnce == 0)
        }
    }

    @Test("No more are counted than a client has under way", arguments: [2, 4])
    func limited(limit: Int) async throws {
        let fixture = try SiteFixture()
        try await fixture.serving(faults: .on("chap", .slowBody(pieces: 2, pause: .milliseconds(2)))) { site in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    if number >= limit { #expect(try await group.next() == 200) }
                    group.addTask { try await get(site, "/current/pub/chap_001.htm") }
                }
                try await group.waitForAll()
            }
            #expect((2...limit).contains(site.log.mostAtOnce))
            #expect(site.log.requests.count == 100)
        }
    }
}
