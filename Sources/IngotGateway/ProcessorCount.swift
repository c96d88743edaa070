import Glibc

enum ProcessorCount {
    /// The processors that this process may use now.
    static var online: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
