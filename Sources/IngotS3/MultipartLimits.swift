/// R2's bounds for an object in parts (<https://developers.cloudflare.com/r2/platform/limits/>).
package enum MultipartLimits {
    /// The numbers that parts may have.
    package static let partNumbers = 1...10_000
    /// Bytes of the largest object: 4.995 TiB.
    package static let largestObject: Int64 = 5_492_060_580_741
}
