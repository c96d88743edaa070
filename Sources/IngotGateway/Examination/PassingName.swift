import FoundationEssentials

/// A name for something that is made and removed again: nobody else's, in letters and digits.
func passingName() -> String { UUID().uuidString.lowercased().filter { $0 != "-" } }
