import Strata
import Testing

@Suite struct InternedPropertiesTests {
    private static func id(_ number: Int) -> InternedString { InternedString(id: UInt32(number)) }

    /// Values by key, in the order in which they were appended.
    private struct Model {
        var values: [Int: [Int]] = [:]

        var pairs: [InternedProperty] {
            values.keys.sorted().flatMap { key in
                values[key]!.map { InternedProperty(key: id(key), value: id($0)) }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithADictionaryOfLists(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var properties = InternedProperties()
        var model = Model()
        for step in 0..<2_000 {
            let (key, value) = (random.below(12), random.below(1_000))
            switch random.below(8) {
            case 0:
                properties.remove(Self.id(key))
                model.values[key] = nil
            case 1...2:
                properties.set(Self.id(key), to: Self.id(value))
                model.values[key] = [value]
            case 3 where random.chance(10):
                properties = InternedProperties()
                model = Model()
            default:
                properties.append(Self.id(value), to: Self.id(key))
                model.values[key, default: []].append(value)
            }
            guard properties.pairs == model.pairs, properties.count == model.pairs.count else {
                Issue.record("seed \(seed), step \(step): \(properties.pairs) where \(model.pairs) are right")
                return
            }
            let values = properties.values(for: Self.id(key)).map { Int($0.id) }
            guard values == model.values[key, default: []],
                properties.value(for: Self.id(key))?.id == values.first.map(UInt32.init)
            else {
                Issue.record("seed \(seed), step \(step): key \(key) has \(values)")
                return
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func groupingKeepsTheOrderOfEqualKeys(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for size in [0, 1, 2, 5, 100, 1_000] {
            let pairs = (0..<size).map { InternedProperty(key: Self.id(random.below(9)), value: Self.id($0)) }
            var model = Model()
            for pair in pairs { model.values[Int(pair.key.id), default: []].append(Int(pair.value.id)) }
            #expect(InternedProperties(pairs).pairs == model.pairs, "seed \(seed), \(size) pairs")
            #expect(InternedProperties(pairs.span) == InternedProperties(pairs), "seed \(seed), \(size) pairs")
        }
    }

    @Test func absentKeysHaveNoValues() {
        let properties = InternedProperties([InternedProperty(key: Self.id(5), value: Self.id(1))])
        for key in [0, 4, 6, Int(UInt32.max)] {
            #expect(properties.value(for: Self.id(key)) == nil)
            #expect(properties.values(for: Self.id(key)).isEmpty)
        }
    }
}
