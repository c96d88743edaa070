import IngotCore

/// Which jobs wait and which may start: first in, first out, within the slots, one running job an exclusive source.
///
/// Waiting jobs of a busy exclusive source are passed over, not waited for.
struct JobQueue: Sendable {
    /// A job that waits or runs.
    struct Entry: Sendable, Equatable {
        var job: JobID
        var source: String
    }

    private let slots: Int
    private let exclusiveSources: Set<String>
    private(set) var waiting: [Entry] = []
    private(set) var running: [Entry] = []
    private var known: Set<JobID> = []

    init(slots: Int, exclusiveSources: Set<String>) {
        self.slots = max(1, slots)
        self.exclusiveSources = exclusiveSources
    }

    /// Puts a job at the end of the queue, unless it is known already.
    mutating func enqueue(_ entry: Entry) {
        if known.insert(entry.job).inserted { waiting.append(entry) }
    }

    /// Takes the next job that may start now and counts it as running.
    mutating func startNext() -> Entry? {
        guard running.count < slots else { return nil }
        let busy = Set(running.map(\.source)).intersection(exclusiveSources)
        guard let index = waiting.firstIndex(where: { !busy.contains($0.source) }) else { return nil }
        let entry = waiting.remove(at: index)
        running.append(entry)
        return entry
    }

    /// Takes a waiting job out.
    ///
    /// - Returns: whether it was waiting.
    mutating func remove(_ job: JobID) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.job == job }) else { return false }
        waiting.remove(at: index)
        known.remove(job)
        return true
    }

    /// Frees the slot of a running job.
    mutating func finish(_ job: JobID) {
        guard let index = running.firstIndex(where: { $0.job == job }) else { return }
        running.remove(at: index)
        known.remove(job)
    }
}
