import GraphData
import Testing

@testable import BenchSubjects

@Suite struct AnswerHashTests {
    private func text(_ bytes: [UInt8]) -> UInt64 { AnswerHash.text(bytes.span) }

    @Test func textDependsOnEveryBit() {
        var generator = SplitMix64(seed: 1)
        for length in 0...40 {
            var bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            var seen: Set = [text(bytes)]
            for index in bytes.indices {
                for bit in 0..<8 {
                    bytes[index] ^= 1 << bit
                    #expect(seen.insert(text(bytes)).inserted, "length \(length), byte \(index), bit \(bit)")
                    bytes[index] ^= 1 << bit
                }
            }
        }
    }

    @Test func textDependsOnItsLengthAndOrder() {
        // Zeros leave no trace but their number.
        #expect(Set((0...100).map { text([UInt8](repeating: 0, count: $0)) }).count == 101)
        // Prefixes, suffixes and rotations of one text.
        let bytes = (0..<60).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        #expect(Set((0...60).map { text(Array(bytes.prefix($0))) }).count == 61)
        #expect(Set((0...60).map { text(Array(bytes.suffix($0))) }).count == 61)
        #expect(Set((0..<60).map { text(Array(bytes[$0...] + bytes[..<$0])) }).count == 60)
        // A word of eight bytes moved to another place.
        #expect(
            text([1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8))
                != text([UInt8](repeating: 0, count: 8) + [1, 0, 0, 0, 0, 0, 0, 0]))
    }

    @Test func shortTextsDoNotCollide() {
        var hashes: Set<UInt64> = []
        var count = 0
        func add(_ bytes: [UInt8]) {
            hashes.insert(text(bytes))
            count += 1
        }
        // All texts of up to two bytes, and numbered ones of the forms that data sets have.
        add([])
        for first in 0...UInt8.max {
            add([first])
            for second in 0...UInt8.max { add([first, second]) }
        }
        for number in 0..<40_000 {
            add(Array("n\(number + 10_000_000)".utf8))
            add(Array("value-of-number-\(number)".utf8))
        }
        #expect(hashes.count == count)
        // The halves are as good as the whole.
        let expected = Double(count) * Double(count) / 2 / 0x1p32
        for shift in [0, 32] as [UInt64] {
            let collisions = count - Set(hashes.map { UInt32(truncatingIfNeeded: $0 >> shift) }).count
            #expect(Double(collisions) < 3 * expected + 5)
        }
    }

    @Test func stringsHashAsTheirBytes() {
        for string in ["", "a", "naïve café", "🙂🙂🙂", "a value of more than fifteen bytes", "a\u{0}b"] {
            #expect(AnswerHash.text(string) == text(Array(string.utf8)))
        }
        // The same text for people in other bytes is another answer.
        #expect(AnswerHash.text("caf\u{E9}") != AnswerHash.text("cafe\u{301}"))
    }

    @Test func theOrderOfOperationsDoesNotMatterButTheirPlaceDoes() {
        var generator = SplitMix64(seed: 2)
        let answers = (0..<64).map { UInt64($0 % 7) }
        func sum(_ places: some Sequence<Int>, _ answers: [UInt64]) -> UInt64 {
            places.reduce(0) { $0 &+ AnswerHash.operation(UInt64($1), answers[$1]) }
        }
        let whole = sum(0..<64, answers)
        #expect(sum((0..<64).reversed(), answers) == whole)
        #expect(sum((0..<64).shuffled(using: &generator), answers) == whole)
        var seen: Set = [whole]
        for (left, right) in (0..<64).flatMap({ left in (0..<left).map { (left, $0) } })
        where answers[left] != answers[right] {
            var swapped = answers
            swapped.swapAt(left, right)
            #expect(seen.insert(sum(0..<64, swapped)).inserted, "places \(left) and \(right)")
        }
        // An answer that is left out or given twice.
        for place in 0..<64 {
            #expect(seen.insert(whole &- AnswerHash.operation(UInt64(place), answers[place])).inserted)
            #expect(seen.insert(whole &+ AnswerHash.operation(UInt64(place), answers[place])).inserted)
        }
    }

    @Test func entitiesAreToldApart() {
        var hashes: Set<UInt64> = []
        var count = 0
        for id in [0, 1, 2, 255, 256, 65_535, 65_536, .max - 1, .max] as [UInt32] {
            for degree in [0, 1, 2, 65_535, 65_536, 1 << 31, 1 << 32 - 1] {
                for type in ["", "a", "b", "noun"] {
                    hashes.insert(AnswerHash.entity(id: id, type: AnswerHash.text(type), degree: degree))
                    count += 1
                }
            }
        }
        #expect(hashes.count == count)
        #expect(!hashes.contains(AnswerHash.absent))
        #expect(AnswerHash.absent > UInt64(UInt32.max), "an identifier is an answer too")
    }

    /// Sums of neighbours, properties and identifiers: no two small sets come to the same.
    @Test func sumsOfTwoDoNotCollide() {
        let type = AnswerHash.text("knows")
        let ids = 0..<UInt32(320)
        for hash in [
            { (id: UInt32) in AnswerHash.neighbor(type: type, other: id) },
            { AnswerHash.property(key: type, values: AnswerHash.text("\($0)")) },
            { AnswerHash.operation(UInt64($0), 7) }, { AnswerHash.operation(7, UInt64($0)) },
            { AnswerHash.set([$0]) },
        ] {
            let hashes = ids.map(hash)
            var sums: Set<UInt64> = []
            var count = 0
            for left in hashes.indices {
                for right in left..<hashes.count {
                    sums.insert(hashes[left] &+ hashes[right])
                    count += 1
                }
            }
            #expect(sums.count == count)
        }
    }

    @Test func sequencesAndLevelsKeepTheirOrder() {
        let lists: [[UInt32]] = [
            [], [0], [1], [0, 0], [0, 1], [1, 0], [1, 1], [0, 0, 0], [.max], [0, .max], [.max, 0],
        ]
        #expect(Set(lists.map { AnswerHash.sequence($0) }).count == lists.count)
        #expect(Set(lists.map { AnswerHash.levels($0.map(Int.init)) }).count == lists.count)
        #expect(AnswerHash.sequence([1, 2, 3]) != AnswerHash.levels([1, 2, 3]))
    }

    @Test func setsHaveNoOrder() {
        #expect(AnswerHash.set([3, 1, 2]) == AnswerHash.set([1, 2, 3]))
        let sets: [[UInt32]] = [[], [0], [0, 0], [1], [0, 1], [1, 2], [0, 3]]
        #expect(Set(sets.map { AnswerHash.set($0) }).count == sets.count)
    }
}
