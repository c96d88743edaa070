import IngotCore
import NIOCore
import Synchronization
import SystemPackage

/// The reading of what one runner writes, which can be left to the next gateway.
final class OutputReading: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isLeft = false
    }

    private let state = Mutex(State())
    private let ended = OneValue<Void>()

    /// Reads to the end, or until it is left or the task is cancelled; closes the descriptor.
    func run(_ file: SystemPackage.FileDescriptor, into output: @Sendable ([UInt8]) async -> Void) async {
        await OutputPipe.read(file, opened: open, into: output)
        ended.succeed(())
    }

    /// Reads no more; returns when all that was read was handed on.
    func leave() async {
        let channel = state.withLock { state in
            state.isLeft = true
            return state.channel
        }
        channel?.close(promise: nil)
        try? await ended.value
    }

    private func open(_ channel: any Channel) {
        let isLeft = state.withLock { state in
            state.channel = channel
            return state.isLeft
        }
        if isLeft { channel.close(promise: nil) }
    }
}

/// The readings that are under way, by the attempt's name.
final class OutputReadings: Sendable {
    private let readings = Mutex<[String: OutputReading]>([:])

    /// Reads what an attempt's runner writes, until ``leave(_:)`` or its end.
    func read(
        _ file: SystemPackage.FileDescriptor,
        of name: String,
        into output: @Sendable ([UInt8]) async -> Void
    ) async {
        let reading = OutputReading()
        readings.withLock { $0[name] = reading }
        await reading.run(file, into: output)
        readings.withLock { readings in
            if readings[name] === reading { readings[name] = nil }
        }
    }

    /// Stops reading of an attempt's runner; returns when all that was read was handed on.
    func leave(_ name: String) async {
        await readings.withLock { $0[name] }?.leave()
    }
}
