import Glibc
import IngotCore
import SystemPackage

/// The note of where gateways on one data folder have made control groups.
///
/// A gateway that is started by another service, or from another session, makes its groups elsewhere, and has to find
/// the runners of the one before it all the same.
struct NotedControlGroups: Sendable {
    /// The most places that are noted; the oldest go first.
    static let maximumPlaces = 64

    let file: FilePath

    /// Removes the groups at the noted places in which nothing runs any more, and notes a further place.
    ///
    /// - Returns: the further place, and all at which something was left.
    func places(adding own: ControlGroupPlace?) -> [ControlGroupPlace] {
        let noted = read().filter { $0.folders != own?.folders }
        for place in noted { place.removeEmpty() }
        let left = noted.filter { place in place.folders.contains { access($0.string, F_OK) == 0 } }
        let places = ((own.map { [$0] } ?? []) + left).prefix(Self.maximumPlaces)
        write(Array(places))
        return Array(places)
    }

    private struct Note: Codable {
        var unified: String?
        var legacy: [String: String]
    }

    private func read() -> [ControlGroupPlace] {
        guard let bytes = SmallFile.read(file.string, limit: 1 << 20),
            let notes = try? JSONText.decode([Note].self, from: bytes)
        else { return [] }
        return notes.map { note in
            ControlGroupPlace(
                unified: note.unified.map { FilePath($0) },
                legacy: note.legacy.mapValues { FilePath($0) }
            )
        }
    }

    /// A note that cannot be written costs the search in other groups; markers in environments still tell.
    private func write(_ places: [ControlGroupPlace]) {
        let notes = places.map { place in
            Note(unified: place.unified?.string, legacy: place.legacy.mapValues(\.string))
        }
        if notes.isEmpty {
            _ = unlink(file.string)
            return
        }
        let passing = FilePath("\(file).part")
        guard let bytes = try? JSONText.encode(notes),
            let descriptor = try? FileDescriptor.open(
                passing,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWrite
            ),
            (try? descriptor.closeAfter({ try descriptor.writeAll(bytes) })) != nil
        else { return }
        _ = rename(passing.string, file.string)
    }
}
