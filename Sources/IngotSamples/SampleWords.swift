/// Words for statutes of a country that does not exist.
enum SampleWords {
    static let officers = [
        "Keeper of Lighthouses", "Warden of Ferries", "Registrar of Orchards", "Surveyor of Footbridges",
        "Master of the Tide Clock", "Commissioner of Windmills", "Curator of Lost Maps", "Steward of Beehives",
        "Provost of Bellringers", "Inspector of Snow Globes", "Marshal of Kite Fields", "Examiner of Teapots",
    ]
    static let things = [
        "lantern", "ferry token", "windmill sail", "orchard gate", "harbor bell", "paper kite", "canal lock",
        "tide table", "honey ledger", "foot bridge", "weather vane", "message bottle", "signal flag", "copper kettle",
        "star chart", "woolen banner", "clockwork heron", "glass float", "wooden turnstile", "garden maze",
    ]
    static let places = [
        "the Port of Quillhaven", "the Vale of Emberley", "the Isle of Thistlemere", "the Upper Marrow Canal",
        "the Township of Dunwhistle", "the Lesser Fens", "the Harbor of Saint Orrin", "the Forest of Low Bells",
    ]
    static let verbs = [
        "register", "inspect", "repaint", "count", "store", "lend", "measure", "polish", "catalogue", "return",
        "label", "exhibit",
    ]
    static let people = [
        "ferry passenger", "bell ringer", "beekeeper", "kite flier", "lamplighter", "mapmaker", "orchard tenant",
        "windmill apprentice",
    ]
    static let times = [
        "before the first frost", "not later than 30 days after the spring tide", "on each market day",
        "within 90 days", "during the month of the long shadows", "at the close of every fiscal year",
    ]
    static let conditions = [
        "unless the wind is from the north", "if a written notice has been posted at the gate",
        "except as provided in regulations", "subject to the availability of lamp oil",
        "notwithstanding any custom of the harbor", "if the tide permits",
    ]
    static let subjects = [
        "Lighthouses", "Ferries", "Orchards", "Footbridges", "Tide clocks", "Windmills", "Lost maps", "Beehives",
        "Bellringing", "Snow globes", "Kite fields", "Teapots", "Lanterns", "Canals", "Weather vanes",
    ]
    static let aspects = [
        "Definitions", "Duties of keepers", "Registration", "Fees and tokens", "Annual count", "Inspections",
        "Prohibited signals", "Records", "Loans to visitors", "Storage in winter", "Penalties", "Appointments",
        "Use of banners", "Rules for apprentices", "Public exhibitions", "Lost property",
    ]
    static let months = ["Jan.", "Mar.", "May", "July", "Sept.", "Nov."]
    static let monthNumbers = ["01", "03", "05", "07", "09", "11"]
}

extension SampleRandom {
    /// One sentence of a statute.
    mutating func sentence() -> String {
        let officer = pick(SampleWords.officers)
        let thing = pick(SampleWords.things)
        switch below(5) {
        case 0:
            return "The \(officer) shall \(pick(SampleWords.verbs)) every \(thing) in \(pick(SampleWords.places)) "
                + "\(pick(SampleWords.times))."
        case 1:
            return "A \(pick(SampleWords.people)) may \(pick(SampleWords.verbs)) not more than \(number(2...40)) "
                + "\(thing)s, \(pick(SampleWords.conditions))."
        case 2:
            return "No \(thing) shall be removed from \(pick(SampleWords.places)) \(pick(SampleWords.times)), "
                + "\(pick(SampleWords.conditions))."
        case 3:
            return "Whoever knowingly hides a \(thing) from the \(officer) shall pay \(number(3...90)) tokens & "
                + "\(pick(SampleWords.verbs)) it again."
        default:
            return "In this section, the term “\(thing)” means any object that the \(officer) has listed for "
                + "\(pick(SampleWords.places))."
        }
    }

    /// What follows a number in a list, without a capital letter at its start and a full stop at its end.
    mutating func listItem() -> String {
        "\(pick(SampleWords.verbs)) each \(pick(SampleWords.things)) \(pick(SampleWords.times))"
    }
}
