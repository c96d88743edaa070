import IngotCore
import IngotEmbedded
import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// The embedded R2 under a client that has nothing to do with us: boto3, as R2's own documentation sets it up and as it
/// is without that.
@Suite(
    "boto3 against the embedded R2",
    .fillsTheMachine,
    .enabled(if: ThirdParty.executable("python3") != nil, "\(ThirdParty.absence)")
)
struct BotoTests {
    @Test("Objects, ranges, conditions, listings, copies and deletions")
    func objects() async throws { try await run(objectScript) }

    @Test("Uploads in parts")
    func uploads() async throws { try await run(uploadScript) }

    @Test("Wrong credentials, clocks and bodies")
    func refusals() async throws { try await run(refusalScript) }

    @Test("The checksums that boto3 adds unless told otherwise")
    func defaults() async throws { try await run(defaultScript) }

    private func run(_ script: String) async throws {
        let python = try #require(ThirdParty.executable("python3"))
        try await withEmbeddedCloud { cloud in
            let settings = cloud.settings
            let result = try await Subprocess.run(
                .path(.init(python)),
                arguments: ["-c", preamble + script + "\nprint('all good')\n"],
                environment: .inherit.updating([
                    "ENDPOINT": settings.objectEndpoint, "BUCKET": settings.bucket,
                    "AWS_ACCESS_KEY_ID": settings.accessKeyID,
                    "AWS_SECRET_ACCESS_KEY": settings.secretAccessKey.revealed,
                    "AWS_EC2_METADATA_DISABLED": "true",
                ]),
                output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 20)
            )
            #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
            #expect(result.standardOutput == "all good\n")
        }
    }

    private let preamble = #"""
        import os, hashlib, datetime, urllib.request, urllib.error
        import boto3
        from botocore.config import Config
        from botocore.exceptions import ClientError
        from botocore.handlers import add_expect_header

        bucket = os.environ["BUCKET"]

        def client(secret=None, region="auto", expects=False, checksums="when_required", key=None):
            made = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], region_name=region,
                aws_access_key_id=key or os.environ["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=secret or os.environ["AWS_SECRET_ACCESS_KEY"],
                config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1},
                    signature_version="s3v4",
                    request_checksum_calculation=checksums, response_checksum_validation=checksums))
            # R2 never answers `100 Continue`; waiting a second for it each time is shown once and enough.
            if not expects:
                made.meta.events.unregister("before-call.s3", add_expect_header)
            return made

        def fails(status, code, call, **arguments):
            try:
                call(**arguments)
            except ClientError as error:
                found = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
                assert found == (status, code), error.response
                return error.response
            raise AssertionError("no error, expected " + code)

        s3 = client()

        """#

    private let objectScript = #"""
        assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [bucket]
        s3.head_bucket(Bucket=bucket)
        assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "auto"
        fails(404, "404", s3.head_bucket, Bucket="other")
        fails(404, "NoSuchBucket", s3.get_object, Bucket="other", Key="k")

        body = bytes(range(256)) * 4000
        key = "a b/c+d/ü%20(1).bin"
        put = client(expects=True).put_object(Bucket=bucket, Key=key, Body=body, ContentType="x/y", Metadata={"mark": "m"})
        assert put["ETag"].strip('"') == hashlib.md5(body).hexdigest()
        got = s3.get_object(Bucket=bucket, Key=key)
        assert got["Body"].read() == body and got["ContentType"] == "x/y" and got["Metadata"] == {"mark": "m"}
        part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=10-19")
        assert part["Body"].read() == body[10:20]
        assert part["ContentRange"] == f"bytes 10-19/{len(body)}"
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(body)
        fails(416, "InvalidRange", s3.get_object, Bucket=bucket, Key=key, Range="bytes=9999999-")
        fails(404, "NoSuchKey", s3.get_object, Bucket=bucket, Key="missing")
        fails(404, "404", s3.head_object, Bucket=bucket, Key="missing")

        fails(304, "304", s3.get_object, Bucket=bucket, Key=key, IfNoneMatch=put["ETag"])
        fails(412, "PreconditionFailed", s3.get_object, Bucket=bucket, Key=key, IfMatch='"0"')
        later = got["LastModified"] + datetime.timedelta(hours=1)
        fails(304, "304", s3.get_object, Bucket=bucket, Key=key, IfModifiedSince=later)
        earlier = got["LastModified"] - datetime.timedelta(hours=1)
        fails(412, "PreconditionFailed", s3.get_object, Bucket=bucket, Key=key, IfUnmodifiedSince=earlier)
        fails(412, "PreconditionFailed", s3.put_object, Bucket=bucket, Key=key, Body=b"x", IfNoneMatch="*")
        fails(412, "PreconditionFailed", s3.put_object, Bucket=bucket, Key=key, Body=b"x", IfMatch='"0"')
        s3.put_object(Bucket=bucket, Key=key, Body=b"y", IfMatch=put["ETag"])

        odd = ["a//b/../c", "../../x", "plus+ sp ace", "per%cent%20", "ü/日本", "/leading", "trailing/", "<&>'\"", "tab\tkey"]
        for name in odd:
            s3.put_object(Bucket=bucket, Key=name, Body=name.encode())
        for name in odd:
            assert s3.get_object(Bucket=bucket, Key=name)["Body"].read() == name.encode(), name
            assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=name)["Contents"]] == [name]

        keys = sorted((f"list/{n}/ü {n}+" for n in range(25)), key=lambda k: k.encode())
        for name in keys:
            s3.put_object(Bucket=bucket, Key=name, Body=name.encode())
        for operation, size in (("list_objects_v2", 10), ("list_objects", 7)):
            pages = s3.get_paginator(operation).paginate(Bucket=bucket, Prefix="list/", PaginationConfig={"PageSize": size})
            assert [o["Key"] for p in pages for o in p["Contents"]] == keys
            pages = s3.get_paginator(operation).paginate(Bucket=bucket, Prefix="list/", Delimiter="/",
                PaginationConfig={"PageSize": size})
            folders = [c["Prefix"] for p in pages for c in p.get("CommonPrefixes", [])]
            assert len(folders) == 25 and folders == sorted(set(folders)), folders

        copied = s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": keys[3]})
        assert copied["CopyObjectResult"]["ETag"].strip('"') == hashlib.md5(keys[3].encode()).hexdigest()
        assert s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == keys[3].encode()
        s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": "copied"},
            MetadataDirective="REPLACE", Metadata={"new": "1"}, ContentType="x/z")
        head = s3.head_object(Bucket=bucket, Key="copied")
        assert head["Metadata"] == {"new": "1"} and head["ContentType"] == "x/z"
        fails(412, "PreconditionFailed", s3.copy_object, Bucket=bucket, Key="copied",
            CopySource={"Bucket": bucket, "Key": keys[3]}, CopySourceIfMatch='"0"')

        gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys + ["missing"]]})
        assert len(gone["Deleted"]) == 26 and "Errors" not in gone
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="list/")
        s3.delete_object(Bucket=bucket, Key="missing")
        fails(501, "NotImplemented", s3.put_object_acl, Bucket=bucket, Key=key, ACL="private")
        fails(501, "NotImplemented", s3.get_object_tagging, Bucket=bucket, Key=key)
        fails(501, "NotImplemented", s3.get_bucket_policy, Bucket=bucket)
        fails(501, "NotImplemented", s3.put_object, Bucket=bucket, Key="r", Body=b"", Tagging="a=b")
        fails(501, "NotImplemented", s3.put_object, Bucket=bucket, Key="r", Body=b"", ServerSideEncryption="aws:kms")
        """#

    private let uploadScript = #"""
        five = 5 << 20
        def upload(key, sizes, order=None, **arguments):
            started = s3.create_multipart_upload(Bucket=bucket, Key=key, **arguments)
            parts, bodies = [], {}
            for number, size in enumerate(sizes, 1):
                bodies[number] = bytes([number]) * size
                tag = s3.upload_part(Bucket=bucket, Key=key, UploadId=started["UploadId"], PartNumber=number,
                    Body=bodies[number])["ETag"]
                assert tag.strip('"') == hashlib.md5(bodies[number]).hexdigest()
                parts.append({"PartNumber": number, "ETag": tag})
            return dict(Bucket=bucket, Key=key, UploadId=started["UploadId"]), parts, bodies

        at, parts, bodies = upload("m/ü 1", [five, five, 7], ContentType="x/y", Metadata={"a": "1"})
        assert [p["Size"] for p in s3.list_parts(**at)["Parts"]] == [five, five, 7]
        listed = s3.get_paginator("list_parts").paginate(**at, PaginationConfig={"PageSize": 1})
        assert [p["PartNumber"] for page in listed for p in page["Parts"]] == [1, 2, 3]
        assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["m/ü 1"]
        done = s3.complete_multipart_upload(**at, MultipartUpload={"Parts": parts})
        joined = hashlib.md5(b"".join(hashlib.md5(b).digest() for b in bodies.values())).hexdigest()
        assert done["ETag"] == f'"{joined}-3"', done
        got = s3.get_object(Bucket=bucket, Key="m/ü 1")
        assert got["Body"].read() == b"".join(bodies.values()) and got["Metadata"] == {"a": "1"}
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
        fails(404, "NoSuchUpload", s3.complete_multipart_upload, **at, MultipartUpload={"Parts": parts})
        fails(404, "NoSuchUpload", s3.abort_multipart_upload, **at)

        at, parts, bodies = upload("unequal", [five, five + 1, 7])
        fails(400, "InvalidPart", s3.complete_multipart_upload, **at, MultipartUpload={"Parts": parts})
        fails(400, "InvalidPart", s3.complete_multipart_upload, **at, MultipartUpload={"Parts": [parts[0], parts[0]]})
        fails(400, "InvalidPart", s3.complete_multipart_upload, **at,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": parts[1]["ETag"]}]})
        fails(400, "MalformedXML", s3.complete_multipart_upload, **at, MultipartUpload={"Parts": []})
        fails(400, "EntityTooSmall", s3.complete_multipart_upload, **at, MultipartUpload={"Parts": [parts[2], parts[0]]})
        fails(400, "InvalidArgument", s3.upload_part, **at, PartNumber=10001, Body=b"")
        s3.put_object(Bucket=bucket, Key="unequal", Body=b"there")
        fails(412, "PreconditionFailed", s3.complete_multipart_upload, **at, MultipartUpload={"Parts": parts[:1]},
            IfNoneMatch="*")
        # Another one of the right size replaces the part that does not fit, and the parts need not be sorted.
        again = s3.upload_part(**at, PartNumber=2, Body=b"2" * five)["ETag"]
        s3.complete_multipart_upload(**at,
            MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": again}, parts[0], parts[2]]})
        assert s3.get_object(Bucket=bucket, Key="unequal")["Body"].read() == bodies[1] + b"2" * five + bodies[3]

        at, parts, _ = upload("copied", [])
        for number, span in ((1, f"bytes=0-{five - 1}"), (2, f"bytes={five}-{five + 9}")):
            part = s3.upload_part_copy(**at, PartNumber=number, CopySource={"Bucket": bucket, "Key": "m/ü 1"},
                CopySourceRange=span)
            parts.append({"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]})
        s3.complete_multipart_upload(**at, MultipartUpload={"Parts": parts})
        assert s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == b"\x01" * five + b"\x02" * 10

        at, _, _ = upload("aborted", [10])
        s3.abort_multipart_upload(**at)
        fails(404, "NoSuchUpload", s3.list_parts, **at)
        """#

    private let refusalScript = #"""
        s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
        where = dict(Bucket=bucket, Key="k")
        denied = fails(403, "SignatureDoesNotMatch", client(secret="wrong").get_object, **where)
        assert denied["Error"]["CanonicalRequest"].startswith(f"GET\n/{bucket}/k\n")
        fails(401, "Unauthorized", client(key="0" * 32).get_object, **where)
        fails(400, "InvalidRegionName", client(region="eu-west-1").get_object, **where)
        client(region="us-east-1").get_object(**where)

        # boto3 takes the clock from here when it signs.
        import botocore.auth
        honest = botocore.auth.get_current_datetime
        for minutes in (-16, 16):
            botocore.auth.get_current_datetime = lambda *a, **k: honest(*a, **k) + datetime.timedelta(minutes=minutes)
            fails(403, "RequestTimeTooSkewed", s3.get_object, **where)
        botocore.auth.get_current_datetime = honest

        fails(400, "BadDigest", s3.put_object, **where, Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
        fails(400, "InvalidDigest", s3.put_object, **where, Body=b"x", ContentMD5="x")
        tampering = client()
        def tamper(request, **more):
            request.body = b"evil"
        tampering.meta.events.register("before-send.s3.PutObject", tamper)
        fails(400, "XAmzContentSHA256Mismatch", tampering.put_object, **where, Body=b"good")

        def status(url, method="GET", data=None):
            try:
                with urllib.request.urlopen(urllib.request.Request(url, method=method, data=data)) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                text = error.read().decode()
                return error.code, text.split("<Code>")[1].split("</Code>")[0]
        url = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
        assert "X-Amz-Signature" in url and status(url) == (200, b"kept")
        assert status(url.replace("/k?", "/other?")) == (403, "SignatureDoesNotMatch")
        assert status(url, method="DELETE") == (403, "SignatureDoesNotMatch")
        botocore.auth.get_current_datetime = lambda *a, **k: honest(*a, **k) - datetime.timedelta(minutes=2)
        old = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
        botocore.auth.get_current_datetime = honest
        assert status(old) == (403, "ExpiredRequest")
        assert status(s3.generate_presigned_url("get_object", Params=where, ExpiresIn=604801)) == (400, "InvalidArgument")
        put = s3.generate_presigned_url("put_object", Params=dict(Bucket=bucket, Key="presigned"), ExpiresIn=60)
        assert status(put, "PUT", b"by address")[0] == 200
        assert s3.get_object(Bucket=bucket, Key="presigned")["Body"].read() == b"by address"
        assert s3.get_object(**where)["Body"].read() == b"kept"
        """#

    private let defaultScript = #"""
        import io
        modern = client(checksums="when_supported")
        sent = []
        modern.meta.events.register("before-send.s3", lambda request, **more: sent.append(dict(request.headers)))
        # Without TLS boto3 sends its checksum in a header, which is verified.
        modern.put_object(Bucket=bucket, Key="k", Body=b"checked")
        headers = {name.lower(): value for name, value in sent[-1].items()}
        assert "x-amz-checksum-crc32" in headers, headers
        got = modern.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert got["Body"].read() == b"checked" and got["ChecksumCRC32"] == headers["x-amz-checksum-crc32"].decode()
        for algorithm in ("SHA1", "SHA256"):
            modern.put_object(Bucket=bucket, Key="k", Body=b"checked", ChecksumAlgorithm=algorithm)
        fails(400, "BadDigest", modern.put_object, Bucket=bucket, Key="k", Body=b"x", ChecksumCRC32="AAAAAA==")
        fails(501, "NotImplemented", modern.put_object, Bucket=bucket, Key="k", Body=b"x", ChecksumCRC32C="AAAAAA==")
        modern.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})

        # An upload in parts, with a checksum of each part and one of them all.
        from boto3.s3.transfer import TransferConfig
        body = os.urandom(12 << 20)
        modern.upload_fileobj(io.BytesIO(body), bucket, "large", Config=TransferConfig(multipart_threshold=5 << 20,
            multipart_chunksize=5 << 20))
        got = modern.get_object(Bucket=bucket, Key="large")
        assert got["Body"].read() == body and got["ETag"].endswith('-3"')

        # What boto3 does over TLS: a stream with the checksum behind it, which R2 does not take.
        import types, botocore.httpchecksum
        botocore.httpchecksum.urlparse = lambda url: types.SimpleNamespace(scheme="https")
        refused = fails(501, "NotImplemented", modern.put_object, Bucket=bucket, Key="k", Body=io.BytesIO(b"x"))
        headers = {name.lower(): value for name, value in sent[-1].items()}
        assert headers["x-amz-trailer"] == b"x-amz-checksum-crc32", headers
        # Configured as R2's documentation has it, the same call goes well.
        s3.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(b"x"))
        assert refused["Error"]["Message"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER not implemented", refused
        """#
}
