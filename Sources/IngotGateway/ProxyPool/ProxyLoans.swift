/// Who has which proxy: each session keeps its own until that fails.
struct ProxyLoans: Sendable {
    /// The most loans that are remembered; beyond that, the oldest are forgotten, and their sessions get others.
    static let maximumLoans = 10_000

    /// What has to come from one address: a session of a party.
    struct Session: Sendable, Hashable {
        /// An attempt.
        var party: String
        /// The party's own name for it.
        var name: String
    }

    struct Loan: Sendable, Equatable {
        /// What the runner calls it.
        var id: String
        /// Counts up from 1.
        var number: Int
        var endpoint: ProxyEndpoint
        var session: Session
    }

    private var bySession: [Session: Loan] = [:]
    private var byID: [String: Session] = [:]
    private var counts: [ProxyEndpoint: Int] = [:]
    private var lastNumber = 0
    private(set) var lastLent: ProxyEndpoint?

    func loan(of session: Session) -> Loan? { bySession[session] }

    func loan(named id: String) -> Loan? { byID[id].flatMap { bySession[$0] } }

    /// How many sessions have a proxy now.
    func sessions(of endpoint: ProxyEndpoint) -> Int { counts[endpoint] ?? 0 }

    var count: Int { bySession.count }

    mutating func lend(_ endpoint: ProxyEndpoint, to session: Session) -> Loan {
        makeRoom()
        if let old = bySession[session] { end(old) }
        lastNumber += 1
        let loan = Loan(id: "p\(lastNumber)", number: lastNumber, endpoint: endpoint, session: session)
        bySession[session] = loan
        byID[loan.id] = session
        counts[endpoint, default: 0] += 1
        lastLent = endpoint
        return loan
    }

    mutating func end(_ loan: Loan) {
        guard bySession[loan.session]?.id == loan.id else { return }
        bySession[loan.session] = nil
        byID[loan.id] = nil
        counts[loan.endpoint, default: 1] -= 1
        if counts[loan.endpoint] == 0 { counts[loan.endpoint] = nil }
    }

    /// Ends all loans of a proxy.
    mutating func end(_ endpoint: ProxyEndpoint) {
        guard counts[endpoint] != nil else { return }
        for loan in bySession.values where loan.endpoint == endpoint { end(loan) }
    }

    /// Ends all loans of a party.
    mutating func end(party: String) {
        for loan in bySession.values where loan.session.party == party { end(loan) }
    }

    private mutating func makeRoom() {
        guard bySession.count >= Self.maximumLoans else { return }
        // A tenth at once, so that this is seldom.
        for loan in bySession.values.sorted(by: { $0.number < $1.number }).prefix(Self.maximumLoans / 10) { end(loan) }
    }
}
