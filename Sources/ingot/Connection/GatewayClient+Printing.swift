import IngotClient

extension GatewayClient {
    /// Prints an answer as it comes.
    func print(_ pieces: AnswerPieces) async throws {
        for try await piece in pieces { try StandardOutput.write(piece) }
    }
}
