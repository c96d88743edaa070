public import IngotCore

extension EmbeddedCloud {
    /// Where the stores of a folder are and what opens them, when another process serves them.
    ///
    /// - Returns: `nil` when the folder has never held stores.
    /// - Throws: ``EmbeddedCloudError`` when the folder's credentials cannot be read.
    public static func settings(inFolder folder: String) throws -> StorageSettings? {
        let identity = try EmbeddedIdentity.load("\(folder)/embedded.json")
        return identity.databasePort == 0 ? nil : try identity.storageSettings()
    }
}
