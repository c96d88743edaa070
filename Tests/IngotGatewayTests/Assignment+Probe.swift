import IngotCore

@testable import IngotGateway

extension Assignment {
    /// The first attempt of a probe whose gateway and stores nobody is at.
    static func probe(_ parameters: JSONValue, job: JobID = .make()) throws -> Assignment {
        Assignment(
            job: job,
            source: "probe",
            parameters: parameters,
            attempt: 1,
            token: AttemptToken().secret,
            gateway: "http://127.0.0.1:9",
            origin: nil,
            storage: try .ofNowhere()
        )
    }
}

extension StorageSettings {
    /// Settings with secrets to look for, of stores that are not there.
    static func ofNowhere() throws -> StorageSettings {
        try StorageSettings(
            accountID: "a",
            databaseID: "d",
            databaseToken: Secret("database-token"),
            accessKeyID: "k",
            secretAccessKey: Secret("secret-key"),
            bucket: "b"
        )
    }
}
