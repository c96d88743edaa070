import IngotCore
import IngotGeocoding
import IngotPoliceToCitizen
import IngotTesting
import RecordSites
import Testing

@Suite("Geocoding")
struct GeocodingTests {
    @Test("fills the coordinates of calls that have none, only those, and changes nothing the second time")
    func backfill() async throws {
        let store = try await RecordStore()
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = MadeUpRows(seed: 3).classicCalls(60, areClosed: true)
        let portal = ClassicPortalSite(contents)
        try await RecordSite.serving(portal) { try await store.attempt(CallsSource(), at: $0.address) }
        let located = try await places(store, "latitude IS NOT NULL")
        #expect(try await store.count("latitude IS NULL") == 5, "every eleventh call has no place")
        try await RecordSite.serving(GeocoderSite()) { site in
            site.fail(.status(503), times: 50)
            let (_, attempts) = try await store.attempts(
                of: GeocodingSource(),
                at: site.address,
                ["area": "Dubuque, Iowa", "workers": 1]
            )
            #expect(attempts == 51)
            let filled = try await places(store, "located_by = 'geocoder'")
            #expect(Set(filled.values) == ["42.5001 -90.6001"])
            #expect(try await store.count("located_by = 'source'") == 55)
            // A crossing that the geocoder does not know.
            #expect(try await store.count("located_by = 'nobody' AND latitude IS NULL") == 5 - filled.count)
            for (key, place) in located { #expect(try await places(store, "1 = 1")[key] == place) }
            let before = try await store.rows().map(\.values)
            site.forgetRequests()
            try await store.attempt(GeocodingSource(), at: site.address)
            #expect(site.requests.isEmpty)
            #expect(try await store.rows().map(\.values) == before)
        }
        // What was found stays when the calls are read again.
        let filled = try await places(store, "located_by = 'geocoder'")
        try await RecordSite.serving(portal) { try await store.attempt(CallsSource(), at: $0.address) }
        #expect(try await places(store, "located_by = 'geocoder'") == filled)
    }

    private func places(_ store: RecordStore, _ condition: String) async throws -> [String: String] {
        try Dictionary(
            uniqueKeysWithValues: await store.rows(condition).map { row in
                let place = "\(try row.optionalReal("latitude") ?? 0) \(try row.optionalReal("longitude") ?? 0)"
                return (try row.string("key"), place)
            }
        )
    }
}
