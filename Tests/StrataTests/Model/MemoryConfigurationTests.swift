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
        #expect(configuration.zeroCopyBufferSize == 1 << 20)
        #expect(configuration.gcThreshold == 0.5)
        #expect(configuration.allocationStrategy == .bump)
        #expect(configuration.memorySoftLimit == nil)
        #expect(configuration.memoryHardLimit == nil)
        #expect(configuration.garbageLimit == 0)
        #expect(configuration.quantizationLevels == nil)
        try configuration.validate()
    }

    @Test func eachKeySetsItsField() throws {
        let configuration = try MemoryConfiguration(keys: [
            "arena_size": "65536", "max_entities": "7", "cache_size": "0", "string_interner_capacity": "268435456",
            "zero_copy_buffer_size": "128KiB", "gc_threshold": "1", "allocation_strategy": "direct",
            "memory_soft_limit": "1.5MiB", "memory_hard_limit": "2MiB", "garbage_limit": "100_000",
            "quantization_levels": "256",
        ])
        #expect(configuration.arenaSize == 65_536)
        #expect(configuration.maxEntities == 7)
        #expect(configuration.cacheSize == 0)
        #expect(configuration.stringInternerCapacity == 1 << 28)
        #expect(configuration.zeroCopyBufferSize == 131_072)
        #expect(configuration.gcThreshold == 1)
        #expect(configuration.allocationStrategy == .direct)
        #expect(configuration.memorySoftLimit == 1_572_864)
        #expect(configuration.memoryHardLimit == 2_097_152)
        #expect(configuration.garbageLimit == 100_000)
        #expect(configuration.quantizationLevels == 256)
        #expect(Set(MemoryConfiguration.keys).count == 11)
    }

    @Test(arguments: [
        (
            "arena_size", ["0", "65536", "1099511627776", "64KiB", "1 GiB", "65_536", "65536B"],
            [
                "-1", "1", "65535", "many", "", "65536.5", "9223372036854775808", "63KiB", "MiB", "1MB", "64 KiB ",
                "_64KiB",
            ]
        ),
        ("quantization_levels", ["2", "256"], ["0", "1", "257", "-2", "many", "2KiB"]),
        ("max_entities", ["1", "4294967294", "1_000_000"], ["0", "-1", "4294967295", "all", "1KiB", "1__"]),
        (
            "cache_size", ["0", "1", "9223372036854775807", "16MiB", "0.5KiB"],
            ["-1", "-1MiB", "0.0001KiB", "9e3", "1e3KiB"]
        ),
        ("string_interner_capacity", ["1", "268435456"], ["0", "-5", "268435457", "1e3"]),
        ("zero_copy_buffer_size", ["65536", "64KiB", "1GiB"], ["0", "65535", "1073741825", "2GiB", "8589934592GiB"]),
        (
            "gc_threshold", ["0.0001", "0.5", "1", "1.0", "50%"],
            ["0.0", "-0.5", "1.0001", "nan", "inf", "half", "101%", "0%"]
        ),
        ("allocation_strategy", ["direct", "pool", "bump"], ["poll", "Bump", ""]),
        ("memory_soft_limit", ["0", "1", "8GiB"], ["-1", "much"]),
        ("memory_hard_limit", ["0", "1MiB", "8GiB"], ["-1", "1", "1023KiB", "none"]),
        ("garbage_limit", ["0", "64KiB", "8GiB"], ["-1", "1", "63KiB"]),
    ])
    func eachBoundHolds(key: String, taken: [String], refused: [String]) throws {
        #expect(MemoryConfiguration.keys.contains(key))
        for text in taken { #expect(failure { try MemoryConfiguration(keys: [key: text]) } == nil, "\(key): \(text)") }
        for text in refused {
            let error = failure { try MemoryConfiguration(keys: [key: text]) }
            #expect(error?.code == .invalidArgument, "\(key): \(text)")
            #expect(error?.description.contains(key) == true, "\(key): \(text)")
            #expect(error?.description.contains("'\(text)'") == true, "\(key): \(text)")
            #expect(error?.remedy != nil)
        }
    }

    /// A bound over the hard limit could never be reached.
    @Test(arguments: ["memory_soft_limit", "arena_size", "garbage_limit"])
    func noBoundLiesOverTheHardLimit(key: String) {
        let error = failure { try MemoryConfiguration(keys: [key: "2MiB", "memory_hard_limit": "2047KiB"]) }
        #expect(
            error?.description
                == "\(key) cannot be '2MiB'; give at most what memory_hard_limit allows, 2096128 bytes")
        #expect(failure { try MemoryConfiguration(keys: [key: "2MiB", "memory_hard_limit": "2MiB"]) } == nil)
        #expect(failure { try MemoryConfiguration(keys: [key: "2MiB", "memory_hard_limit": "0"]) } == nil)
        #expect(failure { try MemoryConfiguration(keys: [key: "0", "memory_hard_limit": "1MiB"]) } == nil)
    }

    @Test func aKeyThatIsNotThereIsRefusedWithThoseThatAre() {
        for key in ["arena_sise", "cache_policy", "quantization", "durability", ""] {
            let error = failure { try MemoryConfiguration(keys: [key: "65536", "cache_size": "1"]) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.description.contains("'\(key)'") == true)
            for key in MemoryConfiguration.keys { #expect(error?.description.contains(key) == true) }
        }
    }

    @Test func theEngineRefusesWhatTheConfigurationRefuses() {
        var configuration = MemoryConfiguration()
        configuration.arenaSize = 100
        #expect(failure { try KnowledgeEngine(configuration: configuration) }?.code == .invalidArgument)
        configuration = MemoryConfiguration()
        configuration.memoryHardLimit = 2 << 20
        configuration.memorySoftLimit = 3 << 20
        #expect(failure { try KnowledgeEngine(configuration: configuration) }?.code == .invalidArgument)
        #expect(failure { try KnowledgeEngine(embeddingDimensions: 65_537) }?.code == .invalidArgument)
        #expect(failure { try KnowledgeEngine(embeddingDimensions: -1) }?.code == .invalidArgument)
    }

    // MARK: Limits

    private func limits(_ keys: [String: String], group: Int?) throws -> MemoryLimits {
        try MemoryConfiguration(keys: keys).memoryLimits(controlGroupLimit: group)
    }

    @Test func withoutKeysTheControlGroupDecides() throws {
        let (mebibyte, gibibyte) = (1 << 20, 1 << 30)
        #expect(try limits([:], group: nil) == MemoryLimits())
        // An eighth for the rest of the process, at least 32 MiB, never more than half.
        #expect(try limits([:], group: 8 * gibibyte) == MemoryLimits(soft: 49 * gibibyte / 8, hard: 7 * gibibyte))
        #expect(try limits([:], group: 128 * mebibyte) == MemoryLimits(soft: 84 * mebibyte, hard: 96 * mebibyte))
        #expect(try limits([:], group: 16 * mebibyte) == MemoryLimits(soft: 7 * mebibyte, hard: 8 * mebibyte))
        // Too little to work in, and still no limit that is out of bounds.
        for group in [0, 1, 4_096, 1 << 59, Int.max] {
            let limits = try limits([:], group: group)
            #expect(failure { try limits.validate() } == nil, "\(group)")
            #expect(limits.hard <= max(group, MemoryLimits.leastHardLimit), "\(group)")
        }
    }

    @Test func keysDecideBeforeTheControlGroup() throws {
        let group = 128 << 20
        #expect(try limits(["memory_hard_limit": "0"], group: group) == MemoryLimits())
        #expect(try limits(["memory_hard_limit": "1GiB"], group: group).hard == 1 << 30)
        #expect(
            try limits(["memory_hard_limit": "8MiB"], group: group) == MemoryLimits(soft: 7 << 20, hard: 8 << 20))
        #expect(try limits(["memory_soft_limit": "5MiB"], group: nil) == MemoryLimits(soft: 5 << 20))
        #expect(
            try limits(["memory_soft_limit": "5MiB"], group: group) == MemoryLimits(soft: 5 << 20, hard: 96 << 20))
        #expect(
            try limits(["memory_soft_limit": "1GiB"], group: group) == MemoryLimits(soft: 96 << 20, hard: 96 << 20))
        #expect(
            try limits(["memory_soft_limit": "0", "memory_hard_limit": "8MiB"], group: group)
                == MemoryLimits(soft: 8 << 20, hard: 8 << 20))
        #expect(
            try limits(["memory_soft_limit": "5MiB", "memory_hard_limit": "8MiB"], group: group)
                == MemoryLimits(soft: 5 << 20, hard: 8 << 20))
    }
}
