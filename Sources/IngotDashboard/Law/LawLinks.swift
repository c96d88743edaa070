/// Where the links inside of a node's text lead, in the state that is read.
struct LawLinks {
    /// A link's place.
    enum Place {
        case page(String)
        /// To a law that this state does not hold.
        case absent
    }

    private var places: [String: Place] = [:]
    private let label: String?

    /// - Parameter label: that the pages behind the links show; `nil`: the newest.
    init(_ references: [LawDocument.Reference], at label: String?) {
        self.label = label
        for reference in references where places[reference.href] == nil {
            guard reference.isResolved, let target = reference.target else {
                places[reference.href] = .absent
                continue
            }
            let place = Place.page(LawAddress.page(target, at: label, piece: reference.piece))
            places[reference.href] = place
            // A printed reference's link names the key.
            let named = reference.piece.map { "\(target)/\($0)" } ?? target
            if places[named] == nil { places[named] = place }
        }
    }

    func place(_ href: String) -> Place {
        // What no reference tells of may be another name of a node, which the API knows.
        places[href] ?? (href.hasPrefix("/us/") ? .page(LawAddress.page(href, at: label)) : .absent)
    }
}
