import IngotCore

/// A strict stand-in of a geocoder with Nominatim's search; it knows addresses of Sample St only.
public struct GeocoderSite: SiteImitation {
    public init() {}

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        guard request.method == "GET", request.path == "/search", request.query["format"] == "jsonv2",
            request.query["limit"] == "1", request.headers["user-agent"] != nil, let question = request.query["q"]
        else { return .refusal(400, "not as the geocoder is asked") }
        guard question.contains("SAMPLE ST") else { return .json(Array("[]".utf8)) }
        let place: JSONValue = ["lat": "42.5001", "lon": "-90.6001", "display_name": .string(question)]
        return .json(JSONValue.array([place]).canonicalBytes)
    }
}
