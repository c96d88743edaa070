import IngotCore

extension CheckSequence {
    /// An error as what was found and what to do about it.
    static func words(of error: any Error) -> (detail: String, advice: String?) {
        switch error {
        case let error as DatabaseError:
            let code = error.code.map { " (code \($0))" } ?? ""
            return (error.message + code, error.advice ?? advice(on: error.kind))
        case let error as ObjectStoreError:
            return (error.message + (error.code.map { " (\($0))" } ?? ""), advice(on: error.kind))
        case let error as GatewayError:
            return (error.message, error.advice)
        default:
            return ("\(error)", "try again, and look at the network between here and there")
        }
    }

    private static func advice(on kind: DatabaseError.Kind) -> String {
        switch kind {
        case .access: "give the token in \(StorageSettings.Name.databaseToken) the right D1 Edit on this account"
        case .notFound: "check \(StorageSettings.Name.accountID) and \(StorageSettings.Name.databaseID)"
        case .overloaded: "wait a few minutes: the account has used up its calls, or the database is busy"
        case .unavailable: "check that \(StorageSettings.Name.databaseBaseURL) can be reached from here"
        case .full: "free space, or use another database"
        case .malformedAnswer: "check that \(StorageSettings.Name.databaseBaseURL) is D1's address"
        case .constraint, .statement, .tooLarge:
            "the database does not take what Ingot writes; check that it is a D1 database"
        }
    }

    private static func advice(on kind: ObjectStoreError.Kind) -> String {
        switch kind {
        case .access:
            "check \(StorageSettings.Name.accessKeyID) and \(StorageSettings.Name.secretAccessKey), and give the key the "
                + "right Object Read & Write on the bucket"
        case .notFound: "check \(StorageSettings.Name.bucket): the bucket must be there"
        case .overloaded: "wait and try again: the store has too much to do"
        case .unavailable: "check that \(StorageSettings.Name.objectEndpoint) can be reached from here"
        case .full: "free space on the disk of the bucket"
        case .corrupted: "something between here and the store changes bytes; look at proxies on the way"
        case .invalidRequest, .invalidRange, .tooLarge:
            "check that \(StorageSettings.Name.objectEndpoint) is the address of R2 or of a store that speaks S3"
        }
    }
}
