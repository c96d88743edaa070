import Testing

@testable import IngotGateway

@Suite("Entity tags")
struct EntityTagTests {
    @Test("tell parts apart, however they are cut")
    func parts() {
        #expect(EntityTag(of: ["a", "b"]) == EntityTag(of: ["a", "b"]))
        #expect(EntityTag(of: ["a", "b"]) != EntityTag(of: ["ab"]))
        #expect(EntityTag(of: ["ab", ""]) != EntityTag(of: ["a", "b"]))
    }

    @Test("are found in lists, weak or strong, with commas inside of others")
    func lists() {
        let tag = EntityTag(of: ["x"])
        for header in [tag.text, "W/\(tag.text)", "\"a,b\",\(tag.text)", " , \"a\" ,W/\(tag.text) ", "*"] {
            #expect(tag.isListed(in: header), "\(header)")
        }
        for header in ["", ",", "\"other\"", "unquoted", "\"open", "\"a\" \"b\"", "W/", String(tag.text.dropLast())] {
            #expect(!tag.isListed(in: header), "\(header)")
        }
    }
}
