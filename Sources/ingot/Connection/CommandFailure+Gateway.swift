import IngotClient

extension CommandFailure {
    /// What a gateway refused, as people read it: what happened, each thing that is wrong, and what to try next.
    init(_ problem: GatewayProblem) {
        let advice = problem.advice.map { "\n  \($0)" } ?? ""
        // The request was wrong, the gateway cannot answer for now, or what was asked for went wrong.
        let exitCode =
            switch problem.status {
            case 400, 422: CommandFailure.usage
            case 503: CommandFailure.unreachable
            default: CommandFailure.failed
            }
        self.init(message: "\(problem)\(advice)", exitCode: exitCode)
    }

    /// A gateway that gave no whole answer.
    init(_ error: GatewayConnectionError) {
        let advice =
            switch error.kind {
            case .unreachable: "\n  start one with `ingot serve`, or ask whether it works with `ingot health`"
            case .silent: "\n  ask whether it works with `ingot health`"
            case .brokenOff, .tooLarge, .unexpectedAnswer: ""
            }
        self.init(message: "\(error)\(advice)", exitCode: CommandFailure.unreachable)
    }

    /// An error of the client library as a command ends with it; `nil` for any other.
    static func ofGateway(_ error: any Error) -> CommandFailure? {
        switch error {
        case let problem as GatewayProblem: CommandFailure(problem)
        case let error as GatewayConnectionError: CommandFailure(error)
        default: nil
        }
    }
}
