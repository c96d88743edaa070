/// By what an answer is told from the page with which a site, or what stands before it, wants to see a person.
///
/// Such an answer ends a run: it is a refusal, and nothing here works around it.
enum ChallengeMarks {
    /// Words of pages by which challenges are known, in lower case.
    static let words = [
        // Cloudflare: "Just a moment…" and its scripts and names.
        "cf-challenge", "challenge-platform", "cf_chl_", "attention required! | cloudflare", "just a moment...",
        // Captchas, whoever serves them.
        "g-recaptcha", "recaptcha/api", "h-captcha", "hcaptcha.com", "captcha-delivery", "captcha",
        // Imperva, Akamai, AWS, F5, Sucuri.
        "_incapsula_resource", "incapsula incident", "errors.edgesuite.net", "awswaf", "the requested url was rejected",
        "sucuri website firewall",
        // In plain words.
        "verify you are human", "are you a robot", "unusual traffic", "access denied", "request blocked",
        "you have been blocked",
    ]

    /// Headers that only a challenge has, in lower case.
    static let headers = ["cf-mitigated", "x-amzn-waf-action", "x-datadome"]

    /// How much of a page is looked at.
    static let bytesLookedAt = 64 << 10

    /// The mark that an answer bears.
    ///
    /// - Parameter headerNames: in lower case.
    static func mark(in body: [UInt8], headerNames: Set<String>) -> String? {
        if let header = headers.first(where: headerNames.contains) { return header }
        let text = String(decoding: body.prefix(bytesLookedAt), as: UTF8.self).lowercased()
        return words.first(where: text.contains)
    }
}
