// swift-tools-version: 6.2
// The manifest is the architecture: one row a module, and a row's dependencies are its only arrows.
// `scripts/arrows` checks the imports of every source file against these rows.

import PackageDescription

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableExperimentalFeature("Lifetimes"),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// A product of another package that a row may depend on.
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A Swift module of the house and the arrows that leave it.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a module, with what they use beside it.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies,
        resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "strata",
    products: [
        .library(name: "Strata", targets: ["Strata"]),
        .executable(name: "strata", targets: ["StrataCommand"]),
        // Preloaded, never linked: it puts its own `malloc` in front of every other.
        .library(name: "strata-counting", type: .dynamic, targets: ["CCounting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The storage stack.
        .target(name: "CStrata", cSettings: [.define("_GNU_SOURCE")]),
        module("Strata", ["CStrata"]),

        // The harness, bottom up.
        .target(name: "CCounting", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        module("GraphData", ["CZlib"]),
        module("BenchStatistics"),
        module("BenchYAML", [yams]),
        module("BenchWorkload", ["BenchYAML", "GraphData"]),
        module("BenchMeasurement", ["CStrata", histogram]),
        module("BenchResults", [histogram]),
        module(
            "BenchDriver",
            ["BenchWorkload", "BenchMeasurement", "BenchStatistics", "BenchResults", "GraphData", histogram]),
        module("BenchSubjects", ["BenchDriver", "BenchResults", "BenchWorkload", "GraphData", "Strata"]),
        module("BenchVerdict", ["BenchStatistics", "BenchResults", "BenchYAML"]),
        module("BenchReport", ["BenchVerdict", "BenchStatistics", "BenchResults", "BenchWorkload"]),
        .executableTarget(
            name: "StrataCommand",
            dependencies: [
                "BenchReport", "BenchVerdict", "BenchDriver", "BenchSubjects", "BenchWorkload", "BenchMeasurement",
                "BenchResults", "BenchYAML", "GraphData", "Strata", argumentParser,
            ],
            swiftSettings: settings),

        // The tests.
        tests("Strata", ["CStrata"]),
        tests("GraphData"),
        tests("BenchStatistics"),
        tests("BenchYAML"),
        tests("BenchWorkload", ["BenchYAML", "GraphData"]),
        tests("BenchMeasurement"),
        tests("BenchResults", ["BenchStatistics", histogram]),
        tests(
            "BenchDriver",
            ["BenchStatistics", "BenchWorkload", "BenchResults", "BenchMeasurement", "GraphData", histogram]),
        tests("BenchSubjects", ["BenchDriver", "BenchResults", "BenchWorkload", "GraphData", "Strata"]),
        tests("BenchVerdict", ["BenchResults", "BenchStatistics"]),
        tests("BenchReport", ["BenchVerdict", "BenchResults", "BenchStatistics", "BenchWorkload"]),
        .testTarget(name: "StrataCommandTests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
