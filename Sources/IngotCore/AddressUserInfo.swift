/// The name and password that an address may hold before its host, which must show nowhere.
public enum AddressUserInfo {
    /// The text without what stands between `://` and `@`, in every address within it.
    ///
    /// Takes any text, as what is no proper address can hold a password all the same.
    public static func removed(from text: String) -> String {
        var output = ""
        var rest = text[...]
        while let separator = rest.firstRange(of: "://") {
            output += rest[..<separator.upperBound]
            rest = rest[separator.upperBound...]
            let authority = authority(at: rest)
            guard let at = authority.lastIndex(of: "@") else { continue }
            rest = rest[authority.index(after: at)...]
        }
        return output + rest
    }

    /// What must be kept secret of an address: the name and password together and each alone, as they are written
    /// there and decoded.
    ///
    /// A name counts too, as some sites take a token in its place.
    public static func secrets(in address: String) -> [Secret] {
        guard let start = address.firstRange(of: "://")?.upperBound else { return [] }
        let authority = authority(at: address[start...])
        guard let at = authority.lastIndex(of: "@") else { return [] }
        let userInfo = authority[..<at]
        let parts = userInfo.split(separator: ":", maxSplits: 1)
        var forms: Set<String> = []
        for part in [userInfo] + parts where !part.isEmpty {
            forms.insert(String(part))
            if let decoded = PercentEncoding.decode(part) { forms.insert(decoded) }
        }
        return forms.sorted().map { Secret($0) }
    }

    private static func authority(at text: Substring) -> Substring {
        text.prefix { $0 != "/" && $0 != "?" && $0 != "#" && !$0.isWhitespace }
    }
}
