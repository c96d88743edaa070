/// The version of Ingot, as commands, documents and the `User-Agent` of its requests name it.
public enum IngotVersion {
    public static let current = "0.1.0"
}
