extension JobFailure {
    /// Any error as a failure with a code: the stores' own kinds by name, the rest as `internal`.
    public init(describing error: any Error) {
        switch error {
        case let failure as JobFailure:
            self = failure
        case let error as DatabaseError where error.kind == .full:
            self = .diskFull(error.description)
        case let error as ObjectStoreError where error.kind == .full:
            self = .diskFull(error.description)
        case let error as DatabaseError:
            self.init(
                code: "database_\(snakeCased("\(error.kind)"))",
                message: error.description,
                advice: error.advice,
                isTransient: error.isTransient
            )
        case let error as ObjectStoreError:
            self.init(
                code: "object_store_\(snakeCased("\(error.kind)"))",
                message: error.description,
                isTransient: error.isTransient
            )
        case let error as RowError:
            self.init(
                code: "database_unexpected",
                message: "The database holds something that this version does not write: \(error).",
                advice: "The runner and whatever wrote the database must be of the same version."
            )
        case is CancellationError:
            self.init(code: "interrupted", message: "The source stopped although nobody asked it to.")
        default:
            self.init(code: "internal", message: "The source failed unexpectedly: \(error).")
        }
    }

    /// No space is left where something was being stored.
    ///
    /// Somebody has to make some: this does not pass by itself.
    public static func diskFull(_ message: String) -> JobFailure {
        JobFailure(
            code: "disk_full",
            message: message,
            advice: "Free some space there, then start the job again."
        )
    }
}

/// `notFound` as `not_found`.
private func snakeCased(_ text: String) -> String {
    text.reduce(into: "") { result, character in
        if character.isUppercase { result += "_" }
        result += character.lowercased()
    }
}
