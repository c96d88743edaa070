import Glibc

/// The kernel's own copying from file to file, `copy_file_range(2)`.
enum KernelCopy {
    private typealias Function =
        @convention(c) (Int32, UnsafeMutablePointer<Int64>?, Int32, UnsafeMutablePointer<Int64>?, Int, UInt32) -> Int

    /// `nil` where the C library lacks it.
    ///
    /// Its header shows it only to GNU sources, so it is looked up by its name.
    private static let function: Function? = dlsym(nil, "copy_file_range").map {
        unsafeBitCast($0, to: Function.self)
    }

    /// Copies as many bytes as the kernel wants to at once, to where the other file is.
    ///
    /// - Returns: how many; 0 when there are none or the kernel does not copy between these files.
    static func bytes(from source: Int32, at offset: Int64, count: Int, to target: Int32) -> Int64 {
        guard let function else { return 0 }
        var offset = offset
        return Int64(max(0, function(source, &offset, target, nil, count, 0)))
    }
}
