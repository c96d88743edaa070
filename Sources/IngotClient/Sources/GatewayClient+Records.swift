import IngotCore

extension GatewayClient {
    /// The records of a portal or register by key, one JSON object a line; the export is in the gateway's audit log.
    public func exportRecords(of source: String) -> AnswerPieces {
        AnswerPieces(client: self, path: "/api/records/\(PercentEncoding.encode(source))/export")
    }
}
