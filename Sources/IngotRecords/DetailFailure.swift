public import IngotCore

extension JobFailure {
    /// Whether it says that a page is not there any more: for one record's details, that the record is gone.
    public var isAboutMissingPage: Bool { code == "upstream_not_found" }
}
