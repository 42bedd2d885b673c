import Strata
import Testing

@Suite struct MemoryConfigurationTests {
    @Test func withoutKeysItIsTheDefault() throws {
        let configuration = try MemoryConfiguration(keys: [:])
        #expect(configuration == MemoryConfiguration())
        #expect(configuration.arenaSize == 0)
        #expect(configuration.maxEntities == 4_294_967_294)
        #expect(configuration.cacheSize == 16 << 20)
        #expect(configuration.stringInternerCapacity == 1_024)
        #expect(configuration.gcThreshold == 0.5)
        #expect(configuration.allocationStrategy == .bump)
        try configuration.validate()
    }

    @Test func eachKeySetsItsField() throws {
        let configuration = try MemoryConfiguration(keys: [
            "arena_size": "65536", "max_entities": "7", "cache_size": "0", "string_interner_capacity": "268435456",
            "gc_threshold": "1", "allocation_strategy": "direct",
        ])
        #expect(configuration.arenaSize == 65_536)
        #expect(configuration.maxEntities == 7)
        #expect(configuration.cacheSize == 0)
        #expect(configuration.stringInternerCapacity == 1 << 28)
        #expect(configuration.gcThreshold == 1)
        #expect(configuration.allocationStrategy == .direct)
        #expect(Set(MemoryConfiguration.keys).count == 6)
    }

    @Test(arguments: [
        (
            "arena_size", ["0", "65536", "1099511627776"],
            ["-1", "1", "65535", "many", "", "65536.5", "9223372036854775808"]
        ),
        ("max_entities", ["1", "4294967294"], ["0", "-1", "4294967295", "all"]),
        ("cache_size", ["0", "1", "9223372036854775807"], ["-1", "16MiB"]),
        ("string_interner_capacity", ["1", "268435456"], ["0", "-5", "268435457", "1e3"]),
        ("gc_threshold", ["0.0001", "0.5", "1", "1.0"], ["0.0", "-0.5", "1.0001", "nan", "inf", "half"]),
        ("allocation_strategy", ["direct", "bump"], ["pool", "Bump", ""]),
    ])
    func eachBoundHolds(key: String, taken: [String], refused: [String]) throws {
        #expect(MemoryConfiguration.keys.contains(key))
        for text in taken { #expect(failure { try MemoryConfiguration(keys: [key: text]) } == nil, "\(key): \(text)") }
        for text in refused {
            let error = failure { try MemoryConfiguration(keys: [key: text]) }
            #expect(error?.code == .invalidArgument, "\(key): \(text)")
            #expect(error?.description.contains(key) == true)
            #expect(error?.description.contains("'\(text)'") == true)
            #expect(error?.remedy != nil)
        }
    }

    @Test func aKeyThatIsNotThereIsRefusedWithThoseThatAre() {
        let error = failure { try MemoryConfiguration(keys: ["arena_sise": "65536", "cache_size": "1"]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.description.contains("'arena_sise'") == true)
        for key in MemoryConfiguration.keys { #expect(error?.description.contains(key) == true) }
    }

    @Test func theEngineRefusesWhatTheConfigurationRefuses() {
        var configuration = MemoryConfiguration()
        configuration.arenaSize = 100
        #expect(failure { try KnowledgeEngine(configuration: configuration) }?.code == .invalidArgument)
        #expect(failure { try KnowledgeEngine(embeddingDimensions: 65_537) }?.code == .invalidArgument)
        #expect(failure { try KnowledgeEngine(embeddingDimensions: -1) }?.code == .invalidArgument)
    }
}
