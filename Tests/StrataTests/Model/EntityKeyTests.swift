import Strata
import Testing

@Suite struct EntityKeyTests {
    @Test func partsComeBackAsTheyWereGiven() {
        for index: UInt32 in [0, 1, 4_095, .max] {
            for generation: UInt32 in [0, 1, 2, 0xFF_FFFE, 0xFF_FFFF] {
                for store: UInt8 in [0, 1, 255] {
                    let key = EntityKey(index: index, generation: generation, store: store)
                    #expect(key.index == index)
                    #expect(key.generation == generation)
                    #expect(key.store == store)
                }
            }
        }
    }

    @Test func aGenerationThatIsTooLargeDoesNotReachTheStore() {
        let key = EntityKey(index: 7, generation: .max, store: 0)
        #expect(key.generation == EntityKey.maximumGeneration)
        #expect(key.store == 0)
    }

    @Test func recordsHaveTheirStatedSizes() {
        #expect(MemoryLayout<EntityData>.size == 20)
        #expect(MemoryLayout<EntityKey>.size == 8)
        #expect(MemoryLayout<InternedProperty>.size == 8)
        #expect(MemoryLayout<Relationship>.size == 8)
    }
}

@Suite struct StrataErrorTests {
    @Test func isOneSentence() {
        #expect(StrataError(.notFound, "no such thing").description == "no such thing")
        #expect(
            StrataError(.corrupted, "a bit is wrong", path: "a.strata", offset: 70, remedy: "restore it").description
                == "a.strata:70: a bit is wrong; restore it")
        #expect(
            StrataError(.ioFailure, "the file is closed", path: "a.strata", errno: 9).description
                == "a.strata: the file is closed")
    }
}
