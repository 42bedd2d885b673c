import BenchDriver
import BenchSubjects
import BenchWorkload
import Foundation
import GraphData
import Testing

@Suite struct SubjectCatalogTests {
    private let folder: TestFolder
    private let dataset: MappedDataset
    private let catalog = SubjectCatalog()

    init() throws {
        folder = try TestFolder()
        dataset = try SharedDataset.varied.get()
    }

    private func refusal(
        _ name: String = "strata", strategy: String = "bump", configuration: [String: String] = [:]
    ) -> String? {
        do throws(SubjectError) {
            _ = try catalog.make(
                name,
                SubjectContext(
                    dataset: dataset, strategy: strategy, scratchDirectory: folder.path, configuration: configuration))
            return nil
        } catch {
            return error.message
        }
    }

    @Test func namesAndStrategies() {
        #expect(catalog.names == ScenarioVocabulary.standard.subjects)
        #expect(catalog.names.prefix(3) == ["strata", "standard", "null"])
        #expect(catalog.strategies("strata") == ["direct", "pool", "bump"])
        #expect(catalog.strategies("standard") == ["direct"])
        #expect(catalog.strategies("null") == ["direct"])
        for part in catalog.names.dropFirst(3) { #expect(catalog.strategies(part) == ["direct"], "\(part)") }
        #expect(Set(catalog.names.map(catalog.title)).count == catalog.names.count)
        for name in catalog.names {
            for strategy in catalog.strategies(name) { #expect(refusal(name, strategy: strategy) == nil) }
        }
    }

    @Test func aNameThatIsNotThere() {
        let names = catalog.names.joined(separator: ", ")
        #expect(refusal("rocks") == "there is no subject 'rocks'; there are \(names)")
        #expect(refusal("Strata") != nil)
        #expect(refusal("") != nil)
    }

    @Test func aStrategyThatIsNotThere() {
        #expect(refusal(strategy: "slab") == "allocation_strategy cannot be 'slab'; give direct or pool or bump")
    }

    @Test(arguments: ["cache_policies", "quantization_level", "durability", "cache_sise", ""])
    func aConfigurationKeyThatDoesNotWorkYet(_ key: String) throws {
        let message = try #require(refusal(configuration: [key: "1"]))
        #expect(message.hasPrefix("the configuration has no key '\(key)'; use one of "))
        #expect(message.contains("cache_size"))
    }

    @Test(arguments: [
        ("cache_size", "-1"), ("cache_size", "64MB"), ("memory_hard_limit", "64KiB"), ("max_entities", "0"),
        ("gc_threshold", "2.0"), ("quantization_levels", "1"), ("arena_size", "1"), ("string_interner_capacity", "x"),
    ])
    func aConfigurationValueThatCannotBe(_ key: String, _ value: String) throws {
        #expect(try #require(refusal(configuration: [key: value])).hasPrefix("\(key) cannot be '\(value)'; give "))
    }

    @Test func aConfigurationThatWorks() {
        #expect(
            refusal(
                configuration: [
                    "cache_size": "0", "max_entities": "20", "arena_size": "1048576", "gc_threshold": "0.25",
                    "string_interner_capacity": "64", "zero_copy_buffer_size": "65536", "memory_soft_limit": "8388608",
                    "memory_hard_limit": "16777216", "garbage_limit": "1048576",
                ]) == nil)
    }

    /// The limit reaches the store, and the store's refusal reaches the driver.
    @Test func aLimitThatIsReached() throws {
        let arm = try Arm("strata/bump", dataset, in: folder, configuration: ["max_entities": "5"])
        let error = #expect(throws: SubjectError.self) { try arm.load() }
        #expect(error?.message == "the graph holds its 5 entities; raise max_entities")
    }

    @Test func whatEachSubjectCanDo() throws {
        for name in Arm.all {
            let arm = try Arm(name, dataset, in: folder)
            for kind in OperationKind.allCases where arm.subject.supports(kind) {
                #expect(kind.isWorking, "\(name) \(kind.name)")
            }
            for kind in [OperationKind.open, .verify] {
                #expect(arm.subject.supports(kind) == name.hasPrefix("strata"))
            }
            // What a subject cannot do, it says.
            for kind in OperationKind.allCases where !arm.subject.supports(kind) {
                let error = #expect(throws: SubjectError.self) { try arm.run([Operation(kind: kind, key: 0)]) }
                #expect(error?.message.contains("no operation '\(kind.name)'") == true)
            }
        }
    }

    @Test(arguments: Arm.all) func aFolderThatCannotBeWritten(_ name: String) throws {
        let arm = try Arm(name, dataset, in: folder)
        try arm.load()
        // Root may write where others may not: the folder becomes a file.
        let scratch = folder.file("scratch-" + name.replacing("/", with: "-"))
        try FileManager.default.removeItem(atPath: scratch)
        try "in the way".write(toFile: scratch, atomically: true, encoding: .utf8)
        for kind in [OperationKind.serialize, .open] where arm.subject.supports(kind) {
            let error = try #require(
                #expect(throws: SubjectError.self) { try arm.run([Operation(kind: kind, key: 0)]) })
            #expect(error.message.hasPrefix(scratch), "\(error)")
            #expect(!error.message.contains("\n") && error.message.count < 300, "\(error)")
        }
        // The store itself is as it was.
        #expect(try arm.run([Operation(kind: .scan, key: 0)]).items == UInt64(dataset.entityCount))
    }

    @Test func aFileThatIsNotThereOrDamaged() throws {
        let arm = try Arm("strata/bump", dataset, in: folder)
        try arm.load()
        let file = folder.file("scratch-strata-bump/store.strata")
        func expectRefusal(at location: SourceLocation = #_sourceLocation) throws {
            for kind in [OperationKind.open, .verify] {
                let error = try #require(
                    #expect(throws: SubjectError.self) { try arm.run([Operation(kind: kind, key: 0)]) })
                #expect(error.message.hasPrefix(file), "\(error)", sourceLocation: location)
            }
        }
        try expectRefusal()
        _ = try arm.run([Operation(kind: .serialize, key: 0)])
        _ = try arm.run([Operation(kind: .open, key: 0)])
        try "{".write(toFile: file, atomically: true, encoding: .utf8)
        try expectRefusal()
    }
}
