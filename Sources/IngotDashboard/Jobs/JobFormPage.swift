import HTTPTypes
import IngotCore
import IngotGateway

/// The form that starts a job, made of its source's schema.
enum JobFormPage {
    struct Content {
        var mayStart: Bool
        var role: String
        var formSources: [SourceLink]
        var form: Form?
    }

    struct SourceLink {
        var sourceID: String
        var sourceName: String
        var isHere: Bool
    }

    struct Form {
        var source: String
        var title: String
        /// The job whose parameters the form begins with.
        var like: String?
        var fields: [SchemaField]
        var hasFields: Bool
        var hasNoParameters: Bool
        /// Where the schema is of a shape that has no controls: the parameters as JSON.
        var whole: String?
        var schema: String
        var options: [Option]
        var example: String
    }

    struct Option {
        var option: String
        var optionLabel: String
        var optionHint: String
        var lowest: Int
        var highest: Int
        var optionValue: String
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let sources = try await asking.get("/api/sources")["sources"]?.arrayValue ?? []
        var earlier: Job?
        if let id = asking.query("like") {
            earlier = try Job(try await asking.get(try JobPages.path(of: id)))
        }
        let wanted =
            earlier?.source ?? asking.query("source") ?? (sources.count == 1 ? sources[0]["id"]?.stringValue : nil)
        let chosen = sources.first { $0["id"]?.stringValue == wanted }
        if wanted != nil, chosen == nil {
            throw APIRefusal(
                status: .notFound,
                problem: [
                    "title": "There is no such source.",
                    "detail": .string("'\(wanted ?? "")' is not among the sources that your key may use."),
                ]
            )
        }
        let content = Content(
            mayStart: asking.mayOperate,
            role: (asking.context.caller?.role ?? .viewer).rawValue,
            formSources: sources.map { source in
                let id = source["id"]?.stringValue ?? ""
                return SourceLink(sourceID: id, sourceName: source["name"]?.stringValue ?? id, isHere: id == wanted)
            },
            form: chosen.map { form(of: $0, like: earlier) }
        )
        return Page(
            title: content.form.map { "Start a job: \($0.source)" } ?? "Start a job",
            part: .jobs,
            template: "job-form",
            content: content,
            scripts: asking.mayOperate && chosen != nil ? ["job-form.js"] : [],
            styles: ["jobs.css", "job-form.css"]
        )
    }

    private static func form(of source: JSONValue, like earlier: Job?) -> Form {
        let id = source["id"]?.stringValue ?? ""
        let schema = source["parameters"] ?? .object([:])
        let fields = SchemaField.fields(of: schema, values: earlier?.parameters)
        let values = earlier?.parameters ?? .object([:])
        return Form(
            source: id,
            title: source["name"]?.stringValue ?? id,
            like: earlier?.id.rawValue,
            fields: fields ?? [],
            hasFields: fields?.isEmpty == false,
            hasNoParameters: fields?.isEmpty == true,
            whole: fields == nil ? values.indentedText : nil,
            schema: schema.indentedText,
            options: options(like: earlier),
            example: values.canonicalText.replacing("'", with: "'\\''")
        )
    }

    private static func options(like earlier: Job?) -> [Option] {
        func option(_ name: String, _ label: String, _ hint: String, _ range: ClosedRange<Int>, _ value: Int?) -> Option
        {
            Option(
                option: name,
                optionLabel: label,
                optionHint: hint,
                lowest: range.lowerBound,
                highest: range.upperBound,
                optionValue: value.map { String($0) } ?? ""
            )
        }
        let limits = JobLimitName.allCases.map { limit in
            let (label, hint) = words(limit)
            return option(limit.rawValue, label, hint, limit.range, earlier?.limits.flatMap { limit.value(in: $0) })
        }
        return [
            option(
                "priority",
                "Priority",
                "Jobs of a higher one start first.",
                -100...100,
                earlier.flatMap { $0.priority == 0 ? nil : $0.priority }
            ),
            option("max_attempts", "Attempts", "How often it is tried in all.", 1...10, earlier?.maxAttempts),
        ] + limits
    }

    private static func words(_ limit: JobLimitName) -> (label: String, hint: String) {
        switch limit {
        case .wallSeconds: ("Time", "Seconds that an attempt may take.")
        case .memoryMiB: ("Memory", "MiB that an attempt may use.")
        case .cpuSeconds: ("Processor time", "Seconds of it that an attempt may use.")
        case .processes: ("Processes", "Processes and threads that an attempt may have.")
        case .openFiles: ("Open files", "Files that a process may have open.")
        }
    }
}
