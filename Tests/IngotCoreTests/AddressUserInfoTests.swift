import IngotCore
import Testing

@Suite("Names and passwords in addresses")
struct AddressUserInfoTests {
    @Test(
        "They show in no text",
        arguments: [
            ("https://me:pa55@host/x", "https://host/x"), ("http://token@host:8080", "http://host:8080"),
            ("HTTP://a:b@h and ftp://c:d@e/f@g", "HTTP://h and ftp://e/f@g"), ("http://a:p@ss@h/", "http://h/"),
            ("http://host/a:b@c", "http://host/a:b@c"), ("/srv/me@home", "/srv/me@home"), ("", ""), ("://", "://"),
        ]
    )
    func removed(text: String, expected: String) {
        #expect(AddressUserInfo.removed(from: text) == expected)
    }

    @Test("The whole and its parts are secrets, as written and decoded")
    func secrets() {
        func texts(_ address: String) -> Set<String> { Set(AddressUserInfo.secrets(in: address).map(\.revealed)) }
        #expect(texts("https://me:p%40ss@host/") == ["me:p%40ss", "me:p@ss", "me", "p%40ss", "p@ss"])
        #expect(texts("https://token@host/") == ["token"])
        #expect(texts("https://:word@host") == [":word", "word"])
        for address in ["https://host/a@b", "/folder/a:b@c", "https://@host"] { #expect(texts(address).isEmpty) }
    }
}
