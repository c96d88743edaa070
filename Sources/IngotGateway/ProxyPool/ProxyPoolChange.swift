import IngotCore

/// What somebody changes of the pool's settings over the API; what it leaves out stays as it is.
struct ProxyPoolChange: Sendable, Equatable {
    /// By the settings' names in the API; checked, and under no old name.
    private(set) var members: [String: JSONValue]

    init() { members = [:] }

    /// - Parameter members: as ``json`` was.
    init(json: JSONValue) { members = json.objectValue ?? [:] }

    var json: JSONValue { .object(members) }

    /// Old names, which are still taken.
    static let otherNames = ["target_pool_size": "target_count", "test_url": "validation_url"]

    /// Reads the body of a request that fits ``schema``.
    ///
    /// - Throws: ``Invalid`` for what a schema cannot say.
    init(body: JSONValue) throws(Invalid) {
        var members: [String: JSONValue] = [:]
        for (name, value) in body.objectValue ?? [:] {
            let known = Self.otherNames[name] ?? name
            if let other = members[known], other != value {
                throw Invalid(pointer: "/\(name)", detail: "is given twice, with two values")
            }
            members[known] = value
        }
        if let url = members["validation_url"]?.stringValue, let problem = ProxyPoolSettings.problem(ofURL: url) {
            let pointer = body["validation_url"] == nil ? "/test_url" : "/validation_url"
            throw Invalid(pointer: pointer, detail: problem)
        }
        var names = Set<String>()
        for (index, source) in (members["sources"]?.arrayValue ?? []).enumerated() {
            if let problem = ProxyPoolSettings.problem(ofURL: source["url"]?.stringValue ?? "") {
                throw Invalid(pointer: "/sources/\(index)/url", detail: problem)
            }
            guard names.insert(source["name"]?.stringValue ?? "").inserted else {
                throw Invalid(pointer: "/sources/\(index)/name", detail: "is another source's as well")
            }
        }
        self.members = members
    }

    /// Why a change cannot be made.
    struct Invalid: Error, Equatable {
        var pointer: String
        var detail: String
    }

    /// The change that is made by this one and then another.
    func followed(by later: ProxyPoolChange) -> ProxyPoolChange {
        var both = self
        both.members.merge(later.members) { $1 }
        return both
    }

    /// The settings after the change.
    func applied(to settings: ProxyPoolSettings) -> ProxyPoolSettings {
        var settings = settings
        func integer(_ name: String) -> Int? { members[name]?.integerValue.map { Int($0) } }
        func number(_ name: String) -> Double? {
            switch members[name] {
            case .integer(let value): Double(value)
            case .number(let value): value
            default: nil
            }
        }
        if let value = integer("target_count") { settings.targetCount = value }
        // `null` stands for what holds where nothing is set.
        if let value = members["validation_url"] { settings.validationURL = value.stringValue }
        if let value = members["validation_text"] { settings.validationText = value.stringValue }
        if let value = members["direct_allowed"]?.boolValue { settings.directAllowed = value }
        if let value = integer("concurrency") { settings.concurrency = value }
        if let value = number("check_timeout_seconds") { settings.checkTimeout = value }
        if let value = number("source_timeout_seconds") { settings.sourceTimeout = value }
        if let value = integer("source_age_seconds") { settings.sourceAge = value }
        if let value = integer("recheck_age_seconds") { settings.recheckAge = value }
        if let value = members["sources"]?.arrayValue {
            settings.sources = value.map {
                ProxySource(name: $0["name"]?.stringValue ?? "", url: $0["url"]?.stringValue ?? "")
            }
        }
        return settings
    }

    static let schema: JSONValue = {
        func integer(_ range: ClosedRange<Int>) -> JSONValue {
            [
                "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ]
        }
        let seconds: JSONValue = [
            "type": "number", "minimum": .number(ProxyPoolSettings.timeouts.lowerBound),
            "maximum": .number(ProxyPoolSettings.timeouts.upperBound),
        ]
        let url: JSONValue = ["type": "string", "minLength": 1, "maxLength": 2000]
        let urlOrNull: JSONValue = ["type": ["string", "null"], "minLength": 1, "maxLength": 2000]
        return [
            "type": "object",
            "additionalProperties": false,
            "properties": [
                "target_count": integer(ProxyPoolSettings.targetCounts),
                "target_pool_size": integer(ProxyPoolSettings.targetCounts),
                "validation_url": urlOrNull,
                "test_url": urlOrNull,
                "validation_text": ["type": ["string", "null"], "minLength": 1, "maxLength": 1000],
                "direct_allowed": ["type": "boolean"],
                "concurrency": integer(ProxyPoolSettings.concurrencies),
                "check_timeout_seconds": seconds,
                "source_timeout_seconds": seconds,
                "source_age_seconds": integer(ProxyPoolSettings.ages),
                "recheck_age_seconds": integer(ProxyPoolSettings.ages),
                "sources": [
                    "type": "array", "maxItems": .integer(Int64(ProxyPoolSettings.maximumSources)),
                    "items": [
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["name", "url"],
                        "properties": [
                            "name": ["type": "string", "pattern": .string(ProxyPoolSettings.namePattern)],
                            "url": url,
                        ],
                    ],
                ],
            ],
        ]
    }()
}
