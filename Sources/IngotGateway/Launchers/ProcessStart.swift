import CLinux
import Dispatch
import Glibc
import IngotCore
import SystemPackage

/// A runner's process that is to be started: everything that holds it is there before its first instruction.
struct ProcessStart: Sendable {
    var program: FilePath
    /// What follows the program's own name.
    var words: [String]
    var environment: [String: String]
    /// Where it works.
    var folder: FilePath
    /// What it reads.
    var input: FileDescriptor
    /// What it writes to, also its errors.
    var output: FileDescriptor
    var limits: JobLimits
    /// What it is to be in.
    var group: ControlGroup?

    /// A process that runs.
    struct Started: Sendable {
        var process: pid_t
        /// What it is in; `nil` when no group has taken it.
        var group: ControlGroup?
    }

    /// Threads that may stand still until a process is there, as those of Swift's tasks must not.
    private static let threads = DispatchQueue(label: "ingot.starts", attributes: .concurrent)

    /// Starts the process as the leader of a session of its own.
    ///
    /// - Throws: `Errno`.
    func start() async throws -> Started {
        try await withCheckedThrowingContinuation { continuation in
            Self.threads.async { continuation.resume(with: Result { try startHere() }) }
        }
    }

    private func startHere() throws -> Started {
        let arguments = CStrings([program.string] + words)
        let settings = CStrings(environment.map { "\($0)=\($1)" })
        let held = ResourceLimits.of(limits)
        let entrances = group?.openEntrances()
        defer { entrances?.close() }
        let groups = entrances?.legacy.map(\.file.rawValue) ?? []
        var spawn = linux_process_start()
        spawn.input = input.rawValue
        spawn.output = output.rawValue
        spawn.limit_count = Int32(held.count)
        spawn.group_count = Int32(groups.count)
        spawn.unified_group = entrances?.unified?.rawValue ?? -1
        let process = program.withPlatformString { program in
            folder.withPlatformString { folder in
                held.withUnsafeBufferPointer { held in
                    groups.withUnsafeBufferPointer { groups in
                        spawn.program = program
                        spawn.folder = folder
                        spawn.arguments = arguments.pointer
                        spawn.environment = settings.pointer
                        spawn.limits = held.baseAddress
                        spawn.groups = groups.baseAddress
                        return linux_start_process(&spawn)
                    }
                }
            }
        }
        guard process > 0 else { throw Errno(rawValue: errno) }
        var entered = Set(
            (entrances?.legacy ?? []).enumerated().compactMap { index, entrance in
                spawn.refused_groups & (1 << UInt64(index)) == 0 ? entrance.folder : nil
            }
        )
        if spawn.is_in_unified_group != 0, let folder = group?.unifiedFolder { entered.insert(folder) }
        return Started(process: process, group: group?.holding(process, entered: entered))
    }
}

/// Strings as C wants a list of them: pointers, and NULL after the last.
private final class CStrings {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { (pointer + index).initialize(to: strdup(string)) }
        (pointer + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}
