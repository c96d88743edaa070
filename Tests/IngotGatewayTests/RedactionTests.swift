import FoundationEssentials
import IngotCore
import Testing

@testable import IngotGateway

@Suite("Secrets in text")
struct RedactionTests {
    static let secret = "s3cr€t/with \"quotes\"+=%&\\and more~"

    /// The forms in which a program may write a secret.
    static func forms(_ secret: String) -> [(name: String, text: String)] {
        let json = String(decoding: JSONValue.string(secret).canonicalBytes, as: UTF8.self)
        let percent = PercentEncoding.encode(secret)
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        return [
            ("as it is", secret),
            ("percent-encoded", percent),
            ("JSON", String(json.dropFirst().dropLast())),
            ("JSON with escaped slashes", String(json.dropFirst().dropLast()).replacing("/", with: "\\/")),
            ("base64", base64(secret)),
            ("Basic with a user of 1", base64("u:\(secret)")),
            ("Basic with a user of 2", base64("us:\(secret)")),
            ("Basic with a user of 3", base64("use:\(secret)")),
            ("base64 of the middle of something", base64("before \(secret) after")),
            (
                "base64 for addresses",
                base64(secret).replacing("+", with: "-").replacing("/", with: "_")
            ),
        ]
    }

    /// What of a form must never show: all of it, but for the digits of base64 that its neighbours share.
    private func core(_ form: (name: String, text: String)) -> String {
        guard form.name.contains("base64") || form.name.contains("Basic") else { return form.text }
        let plain = Data(Self.secret.utf8).base64EncodedString()
        guard form.name == "base64" else { return form.text }
        return String(plain.dropLast(4))
    }

    @Test("Every form is found", arguments: forms(secret).map(\.name))
    func everyForm(name: String) throws {
        let form = try #require(Self.forms(Self.secret).first { $0.name == name })
        let redaction = Redaction(secrets: [Secret("another secret"), Secret(Self.secret)])
        let text = "ä before \(form.text) after"
        let shown = redaction.redact(text)
        #expect(shown.contains(Redaction.placeholder))
        #expect(!shown.contains(core(form)))
        #expect(shown.hasPrefix("ä before "))
        #expect(shown.hasSuffix(" after"))
        // Of base64, at most the digits at the edges stay.
        #expect(shown.utf8.count < "ä before \(Redaction.placeholder) after".utf8.count + 24)
    }

    @Test("Innocent text stays as it is")
    func innocent() {
        let redaction = Redaction(secrets: [Secret("hunter22"), Secret("short"), Secret("")])
        let text = "hunter2 hunter hunter 22 short"
        #expect(redaction.redact(text) == text)
        #expect(Redaction.none.redact(text) == text)
    }

    @Test("Secrets that overlap leave nothing of each other")
    func overlapping() {
        let redaction = Redaction(secrets: [Secret("abcdefgh"), Secret("efghijkl"), Secret("bcdefg")])
        #expect(redaction.redact("x abcdefghijkl y abcdefgh z") == "x <redacted> y <redacted> z")
        #expect(redaction.redact("abcdefghabcdefgh") == "<redacted><redacted>")
    }

    @Test("A secret of several lines is found line by line")
    func lines() {
        let redaction = Redaction(secrets: [Secret("first line\nsecond line\n")])
        #expect(redaction.redact("a first line b\nsecond line") == "a <redacted> b\n<redacted>")
    }

    @Test("Whatever the cuts, a stream shows what the whole text would, and holds back no more than a secret")
    func streams() {
        let secrets = [Self.secret, "aaaaaaab", "abcabcabc", "cabcabcabcd"]
        let redaction = Redaction(secrets: secrets.map { Secret($0) })
        var random = SeededRandom(seed: 20_261)
        for _ in 0..<400 {
            var text = ""
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    text +=
                        Self.forms(secrets.randomElement(using: &random) ?? "").randomElement(using: &random)?.text
                        ?? ""
                case 1: text += String(repeating: "a", count: Int.random(in: 0...20, using: &random))
                case 2: text += String(repeating: "abc", count: Int.random(in: 0...6, using: &random))
                default: text += "plain ü text "
                }
            }
            let bytes = Array(text.utf8)
            var stream = RedactionStream(redaction)
            var shown: [UInt8] = []
            var taken = 0
            while taken < bytes.count {
                let count = min(bytes.count - taken, Int.random(in: 1...9, using: &random))
                shown += stream.append(Array(bytes[taken..<(taken + count)]))
                taken += count
            }
            shown += stream.finish()
            #expect(String(decoding: shown, as: UTF8.self) == redaction.redact(text), "\(text)")
        }
    }

    @Test("Text leaves at once unless it may be the start of a secret")
    func promptness() {
        var stream = RedactionStream(Redaction(secrets: [Secret("hunter22")]))
        #expect(stream.append(Array("progress 10 %".utf8)) == Array("progress 10 %".utf8))
        #expect(stream.append(Array(" hunt".utf8)) == Array(" ".utf8))
        #expect(stream.append(Array("ing".utf8)) == Array("hunting".utf8))
    }

    @Test("Failures, events and values lose their secrets everywhere")
    func values() throws {
        let redaction = Redaction(secrets: [Secret(Self.secret)])
        var failure = JobFailure(
            code: "x",
            message: "m \(Self.secret)",
            unit: Self.secret,
            place: SourcePlace(file: Self.secret, line: 1, column: 1),
            advice: "a \(Self.secret)",
            details: [.object([Self.secret: .array([.string(Self.secret), 1])])]
        )
        failure.logTail = [Self.secret]
        var event = RunnerEvent(sequence: 1, kind: .unit)
        event.message = Self.secret
        event.unit = Self.secret
        event.counts = [Self.secret: 1]
        event.result = ["deep": ["er": .string(Self.secret)]]
        event.error = failure
        let before = try JSONText.string(event)
        let after = try JSONText.string(redaction.redact(event))
        #expect(before.components(of: "s3cr") == 11)
        #expect(after.components(of: "s3cr") == 0)
        #expect(after.components(of: Redaction.placeholder) == 11)
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
