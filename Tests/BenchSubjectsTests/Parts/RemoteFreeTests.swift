import BenchDriver
import BenchWorkload
import Dispatch
import GraphData
import Synchronization
import Testing

@testable import BenchSubjects

/// Memory that one thread takes and another gives back.
struct RemoteFreeTests {
    /// Rings in a form that expectations and closures take.
    private final class Rings: Sendable {
        private let value: RemoteFrees
        init(threads: Int) throws { value = try RemoteFrees(threads: threads) }
        func push(_ number: Int, from thread: Int) -> Bool {
            value.push(RemoteFrees.Entry(address: UInt(number), byteCount: number), from: thread)
        }
        func pop(on thread: Int) -> Int? { value.pop(on: thread)?.byteCount }
    }

    private static let arms = ["strata/direct", "strata/bump", "standard/direct", "malloc/direct"]

    @Test(arguments: [0.25, 1] as [Double], [1, 2, 3])
    func `it changes no answer, whoever gives back`(share: Double, threads: Int) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let phase = PhaseSpecification(
            name: "churn", operations: [WeightedOperation(.allocate, weight: 3), WeightedOperation(.free)], count: 1,
            sizes: .logNormal(mean: 4.2, deviation: 0.9, 16, 1_024), remoteFrees: share)
        // More than a ring holds, so that some stay the filler's own.
        let operations = plan(phase, count: 12_000, entityCount: dataset.entityCount, loaded: 0, seed: 4)
        var plain = operations
        for index in plain.indices { plain[index].limit = 0 }
        let expected = try Arm("strata/direct", dataset, in: folder).run(phase, plain, loaded: 0).digest
        for name in Self.arms {
            let arm = try Arm(name, dataset, in: folder, threads: threads)
            #expect(try arm.runTogether(phase, operations, threads: threads) == expected, "\(name)")
        }
    }

    @Test func `a ring hands on everything, in order and once`() throws {
        let rings = try Rings(threads: 3)
        for number in 1...RemoteFrees.capacity { #expect(rings.push(number, from: 0)) }
        #expect(!rings.push(1, from: 0), "the ring is full")
        #expect(rings.pop(on: 0) == nil && rings.pop(on: 2) == nil, "it is the next thread's")
        for number in 1...RemoteFrees.capacity { #expect(rings.pop(on: 1) == number) }
        #expect(rings.pop(on: 1) == nil)
        // The last thread's next one is the first.
        #expect(rings.push(7, from: 2))
        #expect(rings.pop(on: 0) == 7)
    }

    @Test func `alone, a thread gives back itself`() throws {
        let rings = try Rings(threads: 1)
        #expect(!rings.push(1, from: 0))
        #expect(rings.pop(on: 0) == nil)
    }

    @Test func `two threads hand on to each other while both work`() throws {
        let rings = try Rings(threads: 2)
        let count = 50_000
        let sums = Mutex([0, 0])
        DispatchQueue.concurrentPerform(iterations: 2) { thread in
            var (sum, received) = (0, 0)
            func receive() {
                while let number = rings.pop(on: thread) { (sum, received) = (sum + number, received + 1) }
            }
            for number in 1...count { while !rings.push(number, from: thread) { receive() } }
            while received < count { receive() }
            sums.withLock { $0[thread] = sum }
        }
        #expect(sums.withLock { $0 } == [count * (count + 1) / 2, count * (count + 1) / 2])
    }
}
