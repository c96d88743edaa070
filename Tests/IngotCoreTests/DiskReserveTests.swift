import Testing

@testable import IngotCore

@Suite("The part of a disk that jobs leave free")
struct DiskReserveTests {
    @Test(
        "It is 32 MiB, and an eighth where that is less",
        arguments: [
            (UInt64(1) << 40, UInt64(32) << 20), (256 << 20, 32 << 20), (64 << 20, 8 << 20),
        ]
    )
    func size(disk: UInt64, reserve: UInt64) {
        #expect(DiskReserve.isReached(free: reserve, of: disk))
        #expect(!DiskReserve.isReached(free: reserve + 1, of: disk))
    }

    @Test("What does not say how large it is refuses by itself")
    func unknown() {
        #expect(!DiskReserve.isReached(free: 0, of: 0))
        #expect(!DiskReserve.isReached(at: "/there/is/nothing"))
        #expect(!DiskReserve.isReached(at: -1))
    }
}
