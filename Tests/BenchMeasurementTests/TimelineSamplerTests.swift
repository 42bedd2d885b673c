import Glibc
import Synchronization
import Testing

@testable import BenchMeasurement

@Suite("Timeline sampler")
struct TimelineSamplerTests {
    @Test("A recording has a first and a last sample and rises in time and operations")
    func recording() throws {
        let progress = ProgressCounters(threads: 2)
        let sampler = try TimelineSampler(
            allocator: AllocatorStatistics(kind: .other), progress: progress, periodNanoseconds: 1_000_000)
        for round in 1...2 {
            progress.reset()
            try sampler.start()
            for step in 1...20 as ClosedRange<UInt64> {
                progress.set(thread: 0, to: step)
                progress.set(thread: 1, to: 2 * step)
                usleep(1_000)
            }
            let recording = try sampler.stop()
            let samples = recording.samples
            #expect(samples.count >= 2, "round \(round)")
            #expect(samples.first?.operations == 0)
            #expect(samples.last?.operations == 60)
            #expect(samples.allSatisfy { $0.liveBytes == nil && $0.residentBytes > 0 })
            for (earlier, later) in zip(samples, samples.dropFirst()) {
                #expect(earlier.time <= later.time)
                #expect(earlier.operations <= later.operations)
                #expect(earlier.minorFaults <= later.minorFaults)
            }
            #expect(!recording.liveBytesWereDropped)
        }
    }

    @Test("A full buffer is thinned: the ends stay and the period doubles")
    func fullBuffer() throws {
        let sampler = try TimelineSampler(
            allocator: AllocatorStatistics(kind: .other), progress: ProgressCounters(threads: 1),
            periodNanoseconds: 1_000_000, capacity: 4)
        let start = MonotonicClock.now()
        try sampler.start()
        // Long enough for any number of thinnings; how many there are depends on the machine's load.
        usleep(60_000)
        let recording = try sampler.stop()
        #expect((2...4).contains(recording.samples.count))
        #expect(try #require(recording.samples.first).time >= start)
        #expect(recording.samples.map(\.time) == recording.samples.map(\.time).sorted())
        #expect(recording.finalPeriodNanoseconds >= 1_000_000)
    }

    @Test("Live bytes follow the allocator of this process")
    func liveBytes() throws {
        let kind = try AllocatorIdentity.ofProcess().kind
        let statistics = AllocatorStatistics(kind: kind)
        let sampler = try TimelineSampler(allocator: statistics, progress: ProgressCounters(threads: 1))
        try sampler.start()
        let recording = try sampler.stop()
        #expect(recording.samples.allSatisfy { ($0.liveBytes != nil) == statistics.tellsAnything })
    }

    @Test("Allocated bytes are unknown where the allocator does not count by thread")
    func allocatedBytes() throws {
        let counters = AllocationCounters(threads: 1, kind: .glibc)
        counters.begin(thread: 0, counter: nil)
        counters.end(thread: 0, total: nil)
        #expect(counters.total == nil)
        let sampler = try TimelineSampler(
            allocator: AllocatorStatistics(kind: .other), progress: ProgressCounters(threads: 1),
            allocations: counters)
        try sampler.start()
        #expect(try sampler.stop().samples.allSatisfy { $0.allocatedBytes == nil })
    }

    @Test("Threads run their body and can be joined")
    func threads() throws {
        let sum = Sum()
        let threads = try (1...4).map { number in
            try NativeThread(name: "a name longer than fifteen bytes") { sum.value.add(number, ordering: .relaxed) }
        }
        for thread in threads { thread.join() }
        #expect(sum.value.load(ordering: .relaxed) == 10)
    }

    private final class Sum: Sendable {
        let value = Atomic(0)
    }
}
