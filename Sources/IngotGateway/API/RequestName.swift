/// What a caller may call its request in `X-Request-Id`: it goes into logs and into the answer as it is.
enum RequestName {
    static let maximumBytes = 128

    static func isSane(_ name: String) -> Bool {
        (1...maximumBytes).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "-_.:/+=@~".utf8.contains(byte)
                }
            }
    }
}
