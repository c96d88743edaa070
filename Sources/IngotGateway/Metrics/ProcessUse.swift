import Glibc

/// What this process uses now, by proc(5).
struct ProcessUse: Sendable {
    var residentBytes: Int64
    var cpuSeconds: Double
    var openFiles: Int
    var maximumFiles: UInt64
    /// In seconds since 1970.
    var startedAt: Double

    static func now() -> ProcessUse {
        let stat = contents(of: "/proc/self/stat")
        // The name of the program, in parentheses, may hold anything; what follows it is numbers.
        let fields = stat[(stat.lastIndex(of: ")").map(stat.index(after:)) ?? stat.startIndex)...].split(separator: " ")
        func field(_ number: Int) -> Double {
            // The first one after the name is the third of all.
            fields.indices.contains(number - 3) ? Double(fields[number - 3]) ?? 0 : 0
        }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessUse(
            residentBytes: Int64(field(24)) * Int64(sysconf(Int32(_SC_PAGESIZE))),
            cpuSeconds: (field(14) + field(15)) / ticks,
            openFiles: openFiles(),
            maximumFiles: UInt64(limit.rlim_cur),
            startedAt: bootTime + field(22) / ticks
        )
    }

    /// When the system was started, in seconds since 1970.
    private static var bootTime: Double {
        let line = contents(of: "/proc/stat", limit: 1 << 20).split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }

    private static func openFiles() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without the folder itself and the one above it, and without the descriptor that reads them.
        return max(0, count - 3)
    }

    private static func contents(of path: String, limit: Int = 4096) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
