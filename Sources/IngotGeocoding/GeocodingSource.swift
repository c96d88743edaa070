public import IngotCore
import IngotFetch
public import IngotRecords

/// Looks up the coordinates of calls that have none, at a geocoder with the search of Nominatim
/// (<https://nominatim.org/release-docs/latest/api/Search/>), whose address the operator configures.
///
/// A record that has coordinates, or whose address the geocoder does not know, is not looked up again.
public struct GeocodingSource: RecordSource {
    public init() {}

    static let calls = "p2c-calls"
    private static let batch = 100

    public var description: SourceDescription {
        SourceDescription(
            id: "geocode-backfill",
            name: "Geocoding of calls without coordinates",
            jurisdiction: "us",
            region: "local",
            documentType: "record",
            parameters: RecordParameters.schema([
                "area": [
                    "type": "string", "maxLength": 200,
                    "description": "What is added to each address, for example “Dubuque, Iowa”.",
                ],
                "chunk_size": RecordParameters.integer("How many addresses are looked up at most.", 1...100_000),
            ]),
            defaultOrigin: nil,
            isExclusive: false,
            definitions: [BuiltInDefinition(name: "Geocoding-Backfill", retries: .endless(EndlessRetries()))]
        )
    }

    /// - Throws: `JobFailure`: `upstream_blocked`, `upstream_malformed`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        let most = try run.parameters.integer("chunk_size", in: 1...100_000) ?? 100_000
        let area = try run.parameters.text("area") ?? ""
        let records = UnlocatedRecords(of: Self.calls, in: run.attempt)
        let session = try await run.session()
        var last = ""
        var count = 0
        while count < most {
            let addresses = try await records.addresses(after: last, limit: min(Self.batch, most - count))
            guard let end = addresses.last else { break }
            _ = try await mapConcurrently(addresses, atOnce: run.workers) { address in
                try await records.locate(address, at: Self.coordinates(of: address, area, session))
            }
            (last, count) = (end, count + addresses.count)
            run.attempt.progress.progress(0.5, "\(count) addresses")
        }
        run.attempt.progress.log("addresses looked up: \(count)")
        return RecordCollection(isWhole: false)
    }

    private static func coordinates(
        of address: String,
        _ area: String,
        _ session: SiteSession
    ) async throws -> Coordinates? {
        let question = [StreetAddress.lookupText(address), area].filter { !$0.isEmpty }.joined(separator: ", ")
        let query = FormEncoding.text(of: [("q", question), ("format", "jsonv2"), ("limit", "1")])
        let answer = try await session.get("/search?\(query)", headers: [("accept", "application/json")])
        guard let places = try await session.json(of: answer).arrayValue else {
            throw await session.unexpected(answer, "is no list of places")
        }
        guard let place = places.first else { return nil }
        guard let latitude = degrees(place["lat"], 90), let longitude = degrees(place["lon"], 180) else {
            throw await session.unexpected(answer, "has a place without lat and lon")
        }
        return Coordinates(latitude: latitude, longitude: longitude)
    }

    private static func degrees(_ value: JSONValue?, _ bound: Double) -> Double? {
        let number: Double? =
            switch value {
            case .string(let text): Double(text)
            case .number(let number): number
            case .integer(let number): Double(number)
            default: nil
            }
        guard let number, number.isFinite, abs(number) <= bound else { return nil }
        return number
    }
}
