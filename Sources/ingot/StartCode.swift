import CLinux

/// The code that a process runs to start, and then no more.
///
/// Two thirds of what an idle gateway holds in memory is its own code, read in pieces of many pages around each that was
/// wanted: the parser of the command line, the making of tables, the first of everything. Nobody else gets that memory
/// before the machine is short of it, and what a service costs is read off it.
enum StartCode {
    /// What belongs to the start is over by then.
    private static let delay: Duration = .seconds(3)

    /// Gives the memory back once the start is over; what the process goes on with is read again from its file.
    static func giveBackSoon() {
        // Of the process, not of whoever asks: it ends with either.
        Task {
            try? await Task.sleep(for: delay)
            _ = linux_give_back_code()
        }
    }
}
