// swift-tools-version: 6.2
import PackageDescription

// Language mode 6 comes with the tools version; these make imports and existentials explicit as well.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let coreMetrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let httpClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let logging = product(name: "Logging", package: "swift-log")
    static let mustache = product(name: "Mustache", package: "swift-mustache")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPCompression = product(name: "NIOHTTPCompression", package: "swift-nio-extras")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSOCKS = product(name: "NIOSOCKS", package: "swift-nio-extras")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
}

let package = Package(
    name: "ingot",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ingot", targets: ["ingot"]),
        .executable(name: "ingot-runner", targets: ["ingot-runner"]),
        // For scripts/bench alone; no image holds it.
        .executable(name: "ingot-benchmark", targets: ["ingot-benchmark"]),
        // For Swift programs that start jobs, watch them and read the law.
        .library(name: "IngotClient", targets: ["IngotClient"]),
        // For tests: a wall clock that jumps.
        .library(name: "FakeClock", type: .dynamic, targets: ["FakeClock"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // Both are what the HTTP client stands on: its errors and its trust are told in their types.
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.20.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Without its default traits: full Foundation and ICU would cost the runner its start and its size.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without its default trait, which would bring full Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Linux's calls that Swift cannot reach: variadic ones, and those that libc leaves out.
        .target(name: "CLinux"),

        // The words of the design as types, and the protocols between the rooms. No I/O.
        .target(name: "IngotCore", swiftSettings: settings),

        // What is counted, as text for Prometheus.
        .target(name: "IngotMetrics", dependencies: [.coreMetrics], swiftSettings: settings),

        // Cloudflare's two stores: D1 over its SQL HTTP API, R2 over S3 with hand-made SigV4 signatures.
        .target(
            name: "IngotD1",
            dependencies: ["IngotCore", .coreMetrics, .httpClient, .logging, .nioCore, .nioHTTP1],
            swiftSettings: settings
        ),
        .target(
            name: "IngotS3",
            dependencies: ["CExpat", "IngotCore", .coreMetrics, .crypto, .httpClient, .logging, .nioCore, .nioHTTP1],
            swiftSettings: settings
        ),

        // Polite fetching from the sites that publish the law.
        .target(
            name: "IngotFetch",
            dependencies: [
                "IngotCore", .coreMetrics, .crypto, .httpClient, .logging, .nioCore, .nioHTTP1, .nioHTTPCompression,
                .nioPosix, .nioSOCKS, .nioSSL, .systemPackage,
            ],
            swiftSettings: settings
        ),

        // Streaming XML, HTML pages, zip and gzip over expat, gumbo and zlib.
        .systemLibrary(
            name: "CExpat",
            pkgConfig: "expat",
            providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]
        ),
        .systemLibrary(
            name: "CGumbo",
            pkgConfig: "gumbo",
            providers: [.apt(["libgumbo-dev"]), .brew(["gumbo-parser"])]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "IngotMarkup",
            dependencies: ["CExpat", "CGumbo", "CZlib", "IngotCore", .systemPackage],
            swiftSettings: settings
        ),

        // The law corpus, and one target a source.
        .target(
            name: "IngotLaw",
            dependencies: ["IngotCore", "IngotFetch", "IngotMarkup", .crypto, .systemPackage],
            swiftSettings: settings
        ),
        .target(
            name: "IngotUSCode",
            dependencies: ["IngotCore", "IngotFetch", "IngotLaw", "IngotMarkup"],
            swiftSettings: settings
        ),
        .target(
            name: "IngotConnecticut",
            dependencies: ["IngotCore", "IngotFetch", "IngotLaw", "IngotMarkup"],
            swiftSettings: settings
        ),
        // Records that are no law, and one target a portal or register.
        .target(
            name: "IngotRecords",
            dependencies: ["IngotCore", "IngotFetch", .crypto],
            swiftSettings: settings
        ),
        .target(
            name: "IngotPoliceToCitizen",
            dependencies: ["IngotCore", "IngotFetch", "IngotMarkup", "IngotRecords"],
            swiftSettings: settings
        ),
        .target(
            name: "IngotIowaCorrections",
            dependencies: ["IngotCore", "IngotFetch", "IngotMarkup", "IngotRecords"],
            swiftSettings: settings
        ),
        .target(
            name: "IngotIowaRegistry",
            dependencies: ["IngotCore", "IngotFetch", "IngotRecords"],
            swiftSettings: settings
        ),
        .target(
            name: "IngotOpenData",
            dependencies: ["IngotCore", "IngotFetch", "IngotRecords"],
            swiftSettings: settings
        ),
        .target(
            name: "IngotGeocoding",
            dependencies: ["IngotCore", "IngotFetch", "IngotRecords"],
            swiftSettings: settings
        ),
        .target(
            name: "IngotProbe",
            dependencies: ["IngotCore", .httpClient, .nioCore, .nioHTTP1],
            swiftSettings: settings
        ),
        // Made-up statutes in the real format, for the demonstration, the tests and the benchmarks.
        .target(name: "IngotSamples", dependencies: ["IngotCore", "IngotMarkup"], swiftSettings: settings),

        // One attempt of one job.
        .target(
            name: "IngotRunner",
            dependencies: [
                "CLinux", "IngotConnecticut", "IngotCore", "IngotD1", "IngotFetch", "IngotGeocoding",
                "IngotIowaCorrections", "IngotIowaRegistry", "IngotLaw", "IngotMetrics", "IngotOpenData",
                "IngotPoliceToCitizen", "IngotProbe", "IngotRecords", "IngotS3", "IngotUSCode",
                .coreMetrics, .httpClient, .hummingbird, .logging, .nioCore, .nioHTTP1, .nioPosix,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ingot-runner",
            dependencies: ["IngotRunner", .argumentParser],
            swiftSettings: settings
        ),

        // The embedded cloud: D1's HTTP API on SQLite, R2's S3 API on a folder.
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .target(
            name: "IngotEmbedded",
            dependencies: [
                "CSQLite", "CZlib", "IngotCore", "IngotS3", .coreMetrics, .crypto, .httpTypes, .hummingbird, .logging,
                .nioCore,
                .nioPosix, .serviceLifecycle, .systemPackage,
            ],
            swiftSettings: settings
        ),

        // A gateway's HTTP API for Swift programs; the commands use it as well.
        .target(
            name: "IngotClient",
            dependencies: ["IngotCore", .httpClient, .nioCore, .nioHTTP1],
            swiftSettings: settings
        ),

        // The server: jobs, progress, launchers, API.
        .target(
            name: "IngotGateway",
            dependencies: [
                "CLinux", "IngotCore", "IngotD1", "IngotEmbedded", "IngotFetch", "IngotLaw", "IngotMarkup",
                "IngotMetrics", "IngotRecords", "IngotS3",
                .coreMetrics, .crypto, .httpClient, .httpTypes, .hummingbird, .logging, .nioCore, .nioHTTP1, .nioPosix,
                .serviceLifecycle,
                .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .systemLibrary(
            name: "CYAML",
            pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]
        ),
        // Small YAML documents: kubeconfig files, and the description of the API.
        .target(name: "IngotYAML", dependencies: ["CYAML", "IngotCore"], swiftSettings: settings),
        // Runners in containers: the Docker Engine API, and Jobs of a Kubernetes cluster.
        .target(
            name: "IngotContainers",
            dependencies: [
                "IngotCore", "IngotYAML", .crypto, .httpClient, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL,
                .systemPackage,
            ],
            swiftSettings: settings
        ),
        // The pages that the gateway serves, made of what its API answers; their files are in the executable.
        .target(
            name: "IngotDashboard",
            dependencies: [
                "IngotCore", "IngotGateway", "IngotYAML", .crypto, .httpTypes, .hummingbird, .mustache, .nioCore,
            ],
            resources: [.embedInCode("Files")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ingot",
            dependencies: [
                "CLinux", "IngotClient", "IngotContainers", "IngotCore", "IngotDashboard", "IngotEmbedded",
                "IngotGateway",
                "IngotLaw",
                "IngotSamples",
                .argumentParser, .httpClient, .logging, .nioCore, .nioHTTP1, .serviceLifecycle, .systemPackage,
                .unixSignals,
            ],
            swiftSettings: settings
        ),

        // Single parts of the rooms, for the benchmarks to set beside their yardsticks.
        .executableTarget(
            name: "ingot-benchmark",
            dependencies: [
                "CLinux", "IngotCore", "IngotD1", "IngotLaw", "IngotS3", "IngotUSCode",
                .argumentParser, .crypto, .httpClient, .logging,
            ],
            path: "Benchmarks/Program",
            swiftSettings: settings
        ),

        // Tests: one folder a target, and whole processes end to end.
        .target(
            name: "IngotTesting",
            dependencies: [
                "IngotCore", "IngotEmbedded", .logging, .nioCore, .nioPosix, .subprocess, .systemPackage,
            ],
            path: "Tests/IngotTesting",
            swiftSettings: settings
        ),
        // A site that answers as the publishers' do, fails when it is told to, and measures.
        .target(
            name: "StandInSite",
            dependencies: ["IngotCore", "IngotMarkup", .nioCore, .nioHTTP1, .nioPosix],
            path: "Tests/StandInSite",
            swiftSettings: settings
        ),
        // Forward proxies that work or not, and lists that name them.
        .target(
            name: "StandInProxies",
            dependencies: [.nioCore, .nioHTTP1, .nioPosix],
            path: "Tests/StandInProxies",
            swiftSettings: settings
        ),
        .testTarget(
            name: "StandInSiteTests",
            dependencies: [
                "IngotCore", "IngotMarkup", "IngotTesting", "StandInSite", .httpClient, .nioCore, .nioHTTP1,
                .subprocess,
                .systemPackage,
            ],
            swiftSettings: settings
        ),
        .target(name: "FakeClock", path: "Tests/FakeClock"),
        .testTarget(name: "IngotCoreTests", dependencies: ["IngotCore"], swiftSettings: settings),
        .testTarget(name: "IngotMetricsTests", dependencies: ["IngotMetrics", .coreMetrics], swiftSettings: settings),
        .testTarget(
            name: "IngotD1Tests",
            dependencies: ["IngotCore", "IngotD1", "IngotEmbedded", "IngotTesting", .httpClient, .logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotS3Tests",
            dependencies: [
                "IngotCore", "IngotS3", "IngotEmbedded", "IngotTesting", .crypto, .httpClient, .logging, .nioCore,
                .nioHTTP1,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotEmbeddedTests",
            dependencies: [
                "IngotCore", "IngotEmbedded", "IngotS3", "IngotTesting", .crypto, .httpClient, .logging, .nioCore,
                .nioHTTP1, .nioPosix, .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotFetchTests",
            dependencies: [
                "IngotCore", "IngotFetch", "IngotTesting", "StandInSite", .httpClient, .logging, .nioCore, .nioPosix,
                .nioSSL, .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotMarkupTests",
            dependencies: ["IngotCore", "IngotMarkup", "IngotTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotSamplesTests",
            dependencies: ["IngotMarkup", "IngotSamples", "IngotTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotLawTests",
            dependencies: [
                "IngotCore", "IngotEmbedded", "IngotFetch", "IngotLaw", "IngotTesting", .httpClient, .logging,
            ],
            swiftSettings: settings
        ),
        // Portals and registers on loopback: strict, counting, and failing when they are told to.
        .target(
            name: "RecordSites",
            dependencies: ["IngotCore", .nioCore, .nioHTTP1, .nioPosix],
            path: "Tests/RecordSites",
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotRecordsTests",
            dependencies: [
                "IngotCore", "IngotEmbedded", "IngotFetch", "IngotGeocoding", "IngotIowaCorrections",
                "IngotIowaRegistry", "IngotOpenData", "IngotPoliceToCitizen", "IngotRecords", "IngotRunner",
                "IngotTesting", "RecordSites", .logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotUSCodeTests",
            dependencies: [
                "IngotCore", "IngotEmbedded", "IngotFetch", "IngotLaw", "IngotMarkup", "IngotSamples", "IngotTesting",
                "IngotUSCode", .httpClient, .logging, .nioCore, .nioHTTP1, .nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotConnecticutTests",
            dependencies: [
                "IngotConnecticut", "IngotCore", "IngotFetch", "IngotLaw", "IngotMarkup", "IngotSamples",
                "IngotTesting",
                .logging, .subprocess,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotGatewayTests",
            dependencies: [
                "IngotCore", "IngotEmbedded", "IngotFetch", "IngotGateway", "IngotLaw", "IngotMarkup", "IngotRunner",
                "IngotMetrics", "IngotRecords", "IngotTesting", "IngotYAML", "StandInProxies", .coreMetrics, .crypto,
                .httpClient,
                .httpTypes,
                .hummingbird, .logging, .nioCore, .nioHTTP1,
                .nioPosix, .serviceLifecycle,
                .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotDashboardTests",
            dependencies: [
                "IngotCore", "IngotDashboard", "IngotEmbedded", "IngotFetch", "IngotGateway", "IngotLaw", "IngotMarkup",
                "IngotSamples", "IngotTesting", "ingot-runner",
                .httpClient, .logging, .nioCore, .nioHTTP1, .serviceLifecycle, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotClientTests",
            dependencies: [
                "IngotClient", "IngotCore", "IngotGateway", "IngotSamples", "IngotTesting", .httpClient, .logging,
                .nioCore, .nioPosix, .serviceLifecycle, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotContainersTests",
            dependencies: [
                "IngotContainers", "IngotCore", "IngotEmbedded", "IngotTesting", "IngotYAML", .httpClient, .httpTypes,
                .hummingbird,
                .logging, .nioCore, .nioHTTP1, .nioPosix, .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IngotCommandTests",
            dependencies: [
                "ingot", "IngotClient", "IngotCore", "IngotGateway", "IngotLaw", "IngotTesting", .argumentParser,
                .httpClient, .logging, .systemPackage,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "IngotClient", "IngotCore", "IngotMarkup", "IngotS3", "IngotSamples", "IngotTesting", "RecordSites",
                "StandInProxies", "StandInSite", "ingot",
                "ingot-runner",
                .crypto, .httpClient, .logging, .nioCore, .nioHTTP1, .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
        // The dashboard in a real browser; the checks themselves are in Python, as Playwright is.
        .testTarget(
            name: "BrowserTests",
            dependencies: ["IngotCore", "IngotTesting", "ingot", "ingot-runner", .subprocess, .systemPackage],
            exclude: ["Browser"],
            swiftSettings: settings
        ),
        // One suite for every kind of gateway: HTTP in, what comes out.
        .testTarget(
            name: "ProtocolTests",
            dependencies: [
                "IngotCore", "IngotSamples", "IngotTesting", "ingot", "ingot-runner",
                .httpClient, .httpTypes, .hummingbird, .logging, .nioCore, .nioHTTP1, .nioPosix, .serviceLifecycle,
                .subprocess, .systemPackage,
            ],
            swiftSettings: settings
        ),
    ]
)
