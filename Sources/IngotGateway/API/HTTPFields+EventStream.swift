import HTTPTypes

extension HTTPFields {
    /// The headers of an answer in Server-Sent Events.
    static var eventStream: HTTPFields {
        [
            .contentType: "text/event-stream",
            .cacheControl: "no-cache",
            // Noticing that the client is gone uses up the connection, so it must not be used again.
            .connection: "close",
        ]
    }
}
