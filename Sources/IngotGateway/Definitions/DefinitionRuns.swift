import HTTPTypes
import IngotCore

/// Starts runs of definitions that somebody asks for.
struct DefinitionRuns: Sendable {
    let catalog: SourceCatalog
    let intake: JobIntake
    let now: @Sendable () -> Timestamp

    /// Starts a run.
    ///
    /// - Parameters:
    ///   - parameters: laid over the definition's.
    /// - Throws: ``Problem`` when the definition is switched off or the parameters do not fit; what the store throws.
    func start(
        _ definition: JobDefinition,
        with parameters: JSONValue?,
        _ context: GatewayContext
    ) async throws -> Job {
        guard definition.isEnabled else { throw Problem.definitionDisabled(definition) }
        let parameters = definition.parameters.overlaid(with: parameters)
        try check(parameters, source: definition.source)
        var options = JobOptions()
        options.priority = definition.priority
        options.maximumAttempts = definition.maximumAttempts
        options.limits = definition.limits
        return try await intake.take(
            JobIntake.Request(
                source: definition.source,
                parameters: parameters,
                options: options,
                trace: context.trace,
                run: DefinitionRun(of: definition, at: now()),
                createdBy: context.caller?.id,
                sources: context.caller?.sources
            )
        )
    }

    /// Looks whether parameters fit a source.
    ///
    /// - Throws: ``Problem``.
    func check(_ parameters: JSONValue, source: String) throws {
        guard let schema = catalog.schema(of: source) else {
            throw Problem.unknownSource(source, known: catalog.descriptions.map(\.id))
        }
        let violations = schema.violations(of: parameters)
        guard violations.isEmpty else { throw Problem.invalidParameters(violations, source: source) }
    }
}

extension Problem {
    static func unknownDefinition(_ id: String) -> Problem {
        Problem(
            "unknown-definition",
            .notFound,
            title: "There is no such job definition.",
            detail: "No job definition has the id '\(id.prefix(100))'."
        )
    }

    fileprivate static func definitionDisabled(_ definition: JobDefinition) -> Problem {
        Problem(
            "definition-disabled",
            .conflict,
            title: "The job definition is switched off.",
            detail: "'\(definition.name)' cannot be run until it is switched on.",
            extensions: ["job_id": .integer(definition.id)]
        )
    }
}
