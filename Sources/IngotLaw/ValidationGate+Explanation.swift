extension ValidationGate.Rule {
    /// What the rule finds and what to do about it, one sentence each.
    var explanation: (cause: String, remedy: String) {
        switch self {
        case .textCoverage:
            (
                "The document has characters that no node holds.",
                "Report it with the capture: the reader of this source passes over something."
            )
        case .unitEmpty:
            ("A unit has no node.", "Look at the captured file; upstream may have served another page in its place.")
        case .keyTwice:
            ("Two nodes have one key.", "Report it with the capture: the source makes keys that are not unique.")
        case .announcedMissing:
            (
                "The contents announce a section, a rule or a chapter that no node is or stands for.",
                "If upstream did publish it so, accept the finding; else wait for upstream to mend it."
            )
        case .announcedVanished:
            (
                "A node of the live revision is gone, though the contents still name it.",
                "If upstream did publish it so, accept the finding; else wait for upstream to mend it."
            )
        case .nodeTwice:
            (
                "A node repeats another's identifier word by word.",
                "If upstream did publish it so, accept the finding."
            )
        case .pieceEmpty:
            (
                "A numbered provision, paragraph or section says nothing.",
                "If upstream did publish it so, accept the finding."
            )
        case .unitShrunk:
            (
                "A unit has a third fewer nodes than its live one.",
                "If upstream did repeal that much, ingest with the parameter `allow_shrink`."
            )
        case .unitNotDone:
            ("A unit that was planned is not done.", "Look at the unit's own failure: `ingot job JOB`.")
        case .rowsMissing:
            (
                "The store would show another number of nodes than were read.",
                "Ingest again; if it is so again, report it with the job's log."
            )
        case .parentMissing:
            (
                "A node lies in one that is not there.",
                "Ingest the whole source and not a part; if it is so again, report it with the capture."
            )
        }
    }
}
