import BenchResults
import BenchStatistics
import Glibc

/// All arms of a grid in the plane of throughput and memory, and which of them no other is better than.
struct Frontier {
    let samples: GridSamples
    let tolerances: Tolerances

    /// The points, the fastest first. Throughput is relative to the first subject and strategy on the reference
    /// allocator with the fewest threads.
    func points(of names: [String]) -> [GridDocument.FrontierPoint] {
        samples.strategies.map(\.subject).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            .flatMap { points(of: names, subject: $0) }
    }

    private struct Arm {
        var strategy: String
        var threads: Int
        var fields: [GridSamples.Field]
    }

    private func points(of names: [String], subject: String) -> [GridDocument.FrontierPoint] {
        let arms = samples.strategies.filter { $0.subject == subject }.flatMap { _, strategy in
            samples.threadSettings(subject, strategy).map { threads in
                Arm(
                    strategy: strategy, threads: threads,
                    fields: samples.fields(subject, strategy, threads: threads))
            }
        }
        guard let first = arms.first else { return [] }
        // Only what all arms did may be averaged over.
        let tasks = first.fields.map(\.task).filter { task in
            arms.allSatisfy { $0.fields.contains { $0.task == task } }
        }
        func means(_ arm: Arm) -> [(name: String, blocks: [Int: Double])] {
            samples.means(over: arm.fields.filter { tasks.contains($0.task) }, of: names)
        }
        guard let reference = means(first).first(where: { $0.name == samples.reference })?.blocks else { return [] }
        var points: [GridDocument.FrontierPoint] = []
        for arm in arms {
            let memory = GridMemory(samples: samples).values(
                "resident_bytes_peak", subject, arm.strategy, threads: arm.threads)
            for (name, blocks) in means(arm) {
                guard let ratio = center(logRatios(blocks, to: reference)),
                    let peak = median(Array((memory?.blocks[name] ?? [:]).values))
                else { continue }
                points.append(
                    GridDocument.FrontierPoint(
                        subject: subject, contender: name, strategy: arm.strategy, threads: arm.threads,
                        throughput: exp(ratio), residentBytesPeak: peak))
            }
        }
        return dominated(points).sorted { $0.throughput > $1.throughput }
    }

    /// Names for each point the one that dominates it: not worse in either by more than the tolerance, and better in
    /// one by more. Differences within the tolerance are no reason to prefer an arm, so that arms which tie in both
    /// stay side by side; who dominates is acyclic, hence some point always stays.
    func dominated(_ points: [GridDocument.FrontierPoint]) -> [GridDocument.FrontierPoint] {
        let speed = 1 + tolerances["throughput"]
        let memory = 1 + tolerances["resident_bytes_peak"]
        func dominates(_ left: GridDocument.FrontierPoint, _ right: GridDocument.FrontierPoint) -> Bool {
            let noSlower = left.throughput * speed >= right.throughput
            let noLarger = left.residentBytesPeak <= right.residentBytesPeak * memory
            let faster = left.throughput > right.throughput * speed
            let smaller = left.residentBytesPeak * memory < right.residentBytesPeak
            return noSlower && noLarger && (faster || smaller)
        }
        return points.map { point in
            var point = point
            // Of several, the fastest: the one that a reader would take instead.
            point.dominatedBy =
                points.filter { dominates($0, point) }.max { $0.throughput < $1.throughput }?.label
            return point
        }
    }
}
