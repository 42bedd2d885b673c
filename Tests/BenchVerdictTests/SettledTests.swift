import BenchResults
import BenchVerdict
import Glibc
import Testing

@Suite("Whether samples have settled")
struct SettledTests {
    /// Throughputs of two subjects over blocks; the second's differ from twice the first's by a share that goes up
    /// and down.
    private static func samples(
        blocks: Int, spread: Double, subjects: [String] = ["strata", "standard"], allocators: [String] = ["glibc"],
        digest: String = "00000000000000aa"
    ) -> [SampleRow] {
        (0..<blocks).flatMap { block in
            allocators.enumerated().flatMap { place, allocator in
                subjects.enumerated().map { index, subject in
                    let sign = sin(Double(block * 7 + index * 3 + place * 5))
                    return SampleRow(
                        run: "r", scenario: "s", scenarioHash: "h", phase: "get", operation: "get", subject: subject,
                        allocator: allocator, strategy: "bump", threads: 1, block: block, metric: "throughput",
                        value: Double(index + 1) * 1_000 * (1 + spread * sign), unit: "operations/s",
                        direction: .higher, digest: digest)
                }
            }
        }
    }

    @Test("Narrow intervals of enough pairs settle, wide ones and few pairs do not")
    func subjects() {
        func settled(
            _ blocks: Int, _ spread: Double, precision: Double = 0.03, subjects: [String] = ["strata", "standard"]
        ) -> Bool {
            isSettled(Self.samples(blocks: blocks, spread: spread, subjects: subjects), precision: precision)
        }
        #expect(settled(12, 0.005))
        #expect(!settled(12, 0.3))
        #expect(settled(12, 0.3, precision: 2))
        #expect(!settled(6, 0))
        #expect(settled(7, 0))
        #expect(!settled(12, 0.3, subjects: ["strata", "rival"]))
    }

    @Test("Allocators are held against glibc, or the first where it was not run")
    func allocators() {
        for allocators in [["glibc", "jemalloc"], ["mimalloc", "jemalloc"]] {
            func settled(_ spread: Double) -> Bool {
                isSettled(
                    Self.samples(blocks: 12, spread: spread, subjects: ["strata"], allocators: allocators),
                    precision: 0.03)
            }
            #expect(settled(0.005) && !settled(0.3))
        }
    }

    @Test("One arm alone has nothing to settle, and other metrics are not asked")
    func alone() {
        let alone = isSettled(Self.samples(blocks: 1, spread: 0.3, subjects: ["strata"]), precision: 0.03)
        #expect(alone)
        #expect(isSettled([], precision: 0.03))
        var other = Self.samples(blocks: 12, spread: 0.3)
        for index in other.indices { other[index].metric = "wall_time" }
        let (asked, unasked) = (
            isSettled(other, precision: 0.03, metric: "wall_time"), isSettled(other, precision: 0.03)
        )
        #expect(unasked && !asked)
    }
}
