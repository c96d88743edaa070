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
    private struct State {
        var readings: [String: OutputReading] = [:]
        /// Those that were left before their reading began.
        var left: Set<String> = []
    }

    private let state = Mutex(State())

    /// Reads what an attempt's runner writes, until ``leave(_:)`` or its end.
    func read(
        _ file: SystemPackage.FileDescriptor,
        of name: String,
        into output: @Sendable ([UInt8]) async -> Void
    ) async {
        let reading = OutputReading()
        let isLeft = state.withLock { state in
            if !state.left.contains(name) { state.readings[name] = reading }
            return state.left.contains(name)
        }
        guard !isLeft else {
            try? file.close()
            return
        }
        await reading.run(file, into: output)
        state.withLock { state in
            if state.readings[name] === reading { state.readings[name] = nil }
        }
    }

    /// Stops reading of an attempt's runner; returns when all that was read was handed on.
    func leave(_ name: String) async {
        let reading = state.withLock { state in
            if state.readings[name] == nil { state.left.insert(name) }
            return state.readings[name]
        }
        await reading?.leave()
    }
}
