import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// The embedded R2 under the command line of AWS, as R2's own documentation sets it up.
@Suite(
    "aws-cli against the embedded R2",
    .fillsTheMachine,
    .enabled(if: ThirdParty.executable("aws") != nil, "\(ThirdParty.absence)")
)
struct AWSCommandTests {
    /// One embedded R2 with a folder beside it, and the command.
    private struct Shell: Sendable {
        let settings: StorageSettings
        let folder: TemporaryFolder

        struct Outcome: Sendable {
            var isSuccess: Bool
            var output: String
            var error: String
        }

        func aws(_ arguments: String..., secret: String? = nil, region: String = "auto") async throws -> Outcome {
            let program = try #require(ThirdParty.executable("aws"))
            let result = try await Subprocess.run(
                .path(.init(program)),
                arguments: .init(["--endpoint-url", settings.objectEndpoint] + arguments),
                environment: .inherit.updating([
                    "AWS_ACCESS_KEY_ID": settings.accessKeyID,
                    "AWS_SECRET_ACCESS_KEY": secret ?? settings.secretAccessKey.revealed,
                    "AWS_DEFAULT_REGION": region, "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
                    "AWS_CONFIG_FILE": folder.path("config"), "AWS_PAGER": "",
                ]),
                output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 20)
            )
            return Outcome(
                isSuccess: result.terminationStatus.isSuccess,
                output: result.standardOutput,
                error: result.standardError
            )
        }

        var bucket: String { "s3://\(settings.bucket)" }
    }

    private func withShell(_ body: @Sendable (Shell) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "config",
            """
            [default]
            s3 =
              multipart_threshold = 8MB
              multipart_chunksize = 8MB
              addressing_style = path
            """
        )
        try await withEmbeddedCloud { cloud in try await body(Shell(settings: cloud.settings, folder: folder)) }
    }

    @Test("A large file goes up in parts and comes back the same")
    func largeFile() async throws {
        try await withShell { shell in
            var random = SystemRandomNumberGenerator()
            let bytes = (0..<(20 << 20) / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
            let file = try shell.folder.write("large file.bin", bytes)
            let up = try await shell.aws("s3", "cp", "--quiet", file, "\(shell.bucket)/dir/large ü+%.bin")
            #expect(up.isSuccess, "\(up.error)")
            async let head = shell.aws(
                "s3api",
                "head-object",
                "--bucket",
                shell.settings.bucket,
                "--key",
                "dir/large ü+%.bin",
                "--query",
                "ETag",
                "--output",
                "text"
            )
            async let copy = shell.aws(
                "s3api",
                "copy-object",
                "--bucket",
                shell.settings.bucket,
                "--key",
                "copied",
                "--copy-source",
                "\(shell.settings.bucket)/dir/large ü+%.bin"
            )
            // The command copies large objects part by part, on a condition that R2 does not take there.
            async let inParts = shell.aws(
                "s3",
                "cp",
                "--only-show-errors",
                "\(shell.bucket)/dir/large ü+%.bin",
                "\(shell.bucket)/in-parts"
            )
            #expect(try await head.output.hasSuffix("-3\"\n"))
            let copied = try await copy
            #expect(copied.isSuccess, "\(copied.error)")
            let refused = try await inParts
            #expect(refused.error.contains("(NotImplemented) when calling the UploadPartCopy operation"), "\(refused)")
            let back = shell.folder.path("back.bin")
            let down = try await shell.aws("s3", "cp", "--quiet", "\(shell.bucket)/copied", back)
            #expect(down.isSuccess, "\(down.error)")
            #expect(try WholeFile.bytes(back) == bytes)
        }
    }

    @Test("A folder is synchronised up and down, and only what changed is sent")
    func sync() async throws {
        try await withShell { shell in
            let names = ["a.txt", "sub/b c+d.txt", "sub/ü%20.txt", "sub/deep/e", "z"]
            for name in names { try shell.folder.write("from/\(name)", "body of \(name)") }
            let up = try await shell.aws("s3", "sync", shell.folder.path("from"), "\(shell.bucket)/tree")
            #expect(up.isSuccess, "\(up.error)")
            async let again = shell.aws("s3", "sync", shell.folder.path("from"), "\(shell.bucket)/tree")
            async let down = shell.aws("s3", "sync", "--quiet", "\(shell.bucket)/tree", shell.folder.path("to"))
            async let listed = shell.aws("s3", "ls", "\(shell.bucket)/tree/")
            #expect(try await again.output.isEmpty)
            #expect(try await down.isSuccess)
            for name in names { #expect(try WholeFile.text(shell.folder.path("to/\(name)")) == "body of \(name)") }
            let lines = try await listed.output.split(separator: "\n").map { $0.split(separator: " ").last }
            #expect(lines == ["sub/", "a.txt", "z"])

            let removed = try await shell.aws("s3", "rm", "--recursive", "\(shell.bucket)/tree/sub")
            #expect(removed.output.split(separator: "\n").count == 3, "\(removed.error)")
            let left = try await shell.aws(
                "s3api",
                "list-objects-v2",
                "--bucket",
                shell.settings.bucket,
                "--query",
                "Contents[].Key",
                "--output",
                "text"
            )
            #expect(left.output == "tree/a.txt\ttree/z\n")
        }
    }

    @Test("Pages of a listing, an address that is signed, and refusals with R2's codes")
    func calls() async throws {
        try await withShell { shell in
            let bucket = shell.settings.bucket
            let client = R2TestClient(settings: shell.settings)
            for name in ["p/1", "p/2", "p/3", "p/sub/4", "p/sub/5"] { try await client.put(name, "x") }
            let file = try shell.folder.write("body", "body")

            async let pages = shell.aws(
                "s3api",
                "list-objects-v2",
                "--bucket",
                bucket,
                "--prefix",
                "p/",
                "--page-size",
                "2",
                "--query",
                "Contents[].Key",
                "--output",
                "text"
            )
            async let folded = shell.aws(
                "s3api",
                "list-objects",
                "--bucket",
                bucket,
                "--prefix",
                "p/",
                "--delimiter",
                "/",
                "--query",
                "[Contents[].Key,CommonPrefixes[].Prefix]",
                "--output",
                "json"
            )
            async let presigned = shell.aws("s3", "presign", "--expires-in", "60", "\(shell.bucket)/p/1")
            async let exclusive = shell.aws(
                "s3api",
                "put-object",
                "--bucket",
                bucket,
                "--key",
                "p/1",
                "--body",
                file,
                "--if-none-match",
                "*"
            )
            async let wrong = shell.aws("s3api", "head-bucket", "--bucket", bucket, secret: "wrong")
            async let region = shell.aws(
                "s3api",
                "get-object",
                "--bucket",
                bucket,
                "--key",
                "p/1",
                "/dev/null",
                region: "eu-west-1"
            )
            async let tagged = shell.aws("s3api", "get-object-tagging", "--bucket", bucket, "--key", "p/1")

            #expect(
                try await pages.output.split { $0 == "\t" || $0 == "\n" } == [
                    "p/1", "p/2", "p/3", "p/sub/4", "p/sub/5",
                ]
            )
            let found = try JSONDecoder().decode([[String]].self, from: Data(try await folded.output.utf8))
            #expect(found == [["p/1", "p/2", "p/3"], ["p/sub/"]])
            let address = try await presigned.output.split(separator: "\n").joined()
            let query = try #require(address.split(separator: "?").last)
            var signed = client.sign(.init("GET", client.path("p/1")))
            signed.query = String(query)
            signed.set("authorization", nil)
            let answer = try await client.exchange(signed)
            #expect(answer.status == 200 && answer.text == "x", "\(address): \(answer.text)")
            #expect(try await exclusive.error.contains("(PreconditionFailed)"))
            #expect(try await wrong.error.contains("(403)"))
            #expect(try await region.error.contains("(InvalidRegionName)"))
            #expect(try await tagged.error.contains("(NotImplemented)"))
        }
    }
}
