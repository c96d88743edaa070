import Crypto
import IngotCore

extension String {
    /// The MD5 that an entity tag is, unless it is one of an object in several parts.
    var plainMD5: String? { isMD5 ? self : nil }

    /// Whether an entity tag is of the form that an object in several parts has: an MD5, a dash and a number.
    var isMultipartTag: Bool {
        let halves = split(separator: "-", omittingEmptySubsequences: false)
        return halves.count == 2 && String(halves[0]).isMD5 && Int(halves[1]) != nil
    }

    /// The entity tag of an object in parts: the MD5 of its parts' MD5s, and how many there are.
    package static func multipartTag(md5s: [[UInt8]]) -> String {
        var hash = Insecure.MD5()
        for md5 in md5s { hash.update(data: md5) }
        return "\(hexadecimal(hash.finalize()))-\(md5s.count)"
    }

    private var isMD5: Bool {
        utf8.count == 32 && utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
