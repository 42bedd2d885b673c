import Synchronization
import Testing

@testable import Strata

@Suite struct EpochReferenceTests {
    /// Says how many of its kind are alive, and whether it is one of them.
    private final class Probe: Sendable {
        let number: Int
        private let alive = Atomic(true)
        private let living: Living
        var isAlive: Bool { alive.load(ordering: .relaxed) }

        final class Living: Sendable {
            let count = Atomic<Int>(0)
        }

        init(_ number: Int, _ living: Living) {
            self.number = number
            self.living = living
            living.count.add(1, ordering: .relaxed)
        }

        deinit {
            alive.store(false, ordering: .relaxed)
            living.count.subtract(1, ordering: .relaxed)
        }
    }

    @Test func holdsOneReferenceOfTheCurrentObject() throws {
        let living = Probe.Living()
        do {
            let reference = EpochReference(Probe(1, living), epochs: EpochManager())
            #expect(living.count.load(ordering: .relaxed) == 1)
            #expect(try reference.read { $0.number } == 1)
            reference.replace(with: Probe(2, living), byteCount: 10)
            #expect(try reference.read { $0.number } == 2)
            #expect(living.count.load(ordering: .relaxed) == 1)
            #expect(reference.epochs.retiredBytes == 0)
        }
        #expect(living.count.load(ordering: .relaxed) == 0)
    }

    @Test func aReaderKeepsWhatItReadsWhileItIsReplaced() throws {
        let living = Probe.Living()
        let reference = EpochReference(Probe(1, living), epochs: EpochManager())
        let inner = try reference.read { outer throws(StrataError) -> Int in
            reference.replace(with: Probe(2, living), byteCount: 10)
            #expect(reference.epochs.retiredBytes == 10)
            let inner = try reference.read { $0.number }
            #expect(outer.number == 1)
            #expect(outer.isAlive)
            return inner
        }
        #expect(inner == 2)
        #expect(living.count.load(ordering: .relaxed) == 2)
        reference.replace(with: Probe(3, living), byteCount: 10)
        #expect(living.count.load(ordering: .relaxed) == 1)
    }

    @Test func anErrorOfTheReaderComesOutAndEndsThePin() throws {
        let reference = EpochReference(Probe(1, Probe.Living()), epochs: EpochManager())
        let error = failure {
            try reference.read { _ throws(StrataError) -> Int in throw StrataError(.notFound, "not here") }
        }
        #expect(error?.code == .notFound)
        #expect(reference.epochs.oldestPinAge == nil)
    }

    @Test func manyReadersAndTwoWriters() {
        let living = Probe.Living()
        let reference = EpochReference(Probe(0, living), epochs: EpochManager())
        let writing = Atomic<Int>(2)
        let bad = Atomic<Int>(0)
        onThreads(5) { thread in
            if thread < 2 {
                for number in 1...400 { reference.replace(with: Probe(number, living), byteCount: 1) }
                writing.subtract(1, ordering: .relaxed)
            } else {
                while writing.load(ordering: .relaxed) > 0 {
                    let sound = try? reference.read { probe in
                        let number = probe.number
                        for _ in 0..<20 where !probe.isAlive || probe.number != number {
                            return false
                        }
                        return true
                    }
                    if sound != true { bad.add(1, ordering: .relaxed) }
                }
            }
        }
        reference.epochs.collect()
        #expect(bad.load(ordering: .relaxed) == 0)
        #expect(living.count.load(ordering: .relaxed) == 1)
    }
}
