/// Waiting that goes on when the task is cancelled, for what has to be put in order all the same.
enum Pause {
    static func uncancelled(_ time: Duration) async {
        await Task { try? await Task.sleep(for: time) }.value
    }
}
