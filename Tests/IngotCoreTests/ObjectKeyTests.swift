import IngotCore
import Testing

@Suite("Keys of objects")
struct ObjectKeyTests {
    @Test(
        "Keys that come through everywhere are taken",
        arguments: ["a", "a/b", "packs/usc/x.gz", "a/.b/c..", "ü/\u{301}x", String(repeating: "k", count: 1024)]
    )
    func taken(_ key: String) throws { try ObjectKey.check(key) }

    @Test(
        "Keys that would be rewritten on their way are refused",
        arguments: [
            "", "/a", "a/", "a//b", "a/./b", "../a", "a/..", "a\nb", "a\u{7F}", String(repeating: "k", count: 1025),
            // As text, the second slash and the mark behind it are one character.
            "a//\u{301}b", "a/../\u{301}b", "./\u{301}b",
        ]
    )
    func refused(_ key: String) {
        let error = #expect(throws: ObjectStoreError.self) { try ObjectKey.check(key) }
        #expect(error?.kind == .invalidRequest)
    }
}
