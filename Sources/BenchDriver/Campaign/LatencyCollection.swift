import BenchResults
import BenchWorkload

/// The latencies of complete blocks, by arm and operation, until they are written.
struct LatencyCollection {
    private struct Key: Hashable {
        var scenario: String
        var phase: String
        var role: String
        var operation: String
        var quantity: LatencyQuantity
        var arm: ArmKey

        /// The operation's part of a file name: `get`, or `writer.update.response` of a role in an open loop.
        var operationName: String {
            let parts = [role, operation, quantity == .latency ? "" : quantity.rawValue]
            return parts.filter { !$0.isEmpty }.joined(separator: ".")
        }
    }

    private var records: [Key: [LatencyRecord]] = [:]
    private var order: [Key] = []

    /// Adds the latencies of a block.
    mutating func add(_ result: BlockResult, of job: BlockJob) {
        for record in result.histograms {
            var arm = job.arm
            arm.threads = record.threads
            let key = Key(
                scenario: job.scenario.name, phase: record.phase, role: record.role, operation: record.operation,
                quantity: record.quantity, arm: arm)
            if records[key] == nil { order.append(key) }
            records[key, default: []].append(record)
        }
    }

    /// Writes the files of each arm and operation: the sum, and a log with an interval for each block.
    func write(to directory: RunDirectory) throws(DriverError) {
        for key in order {
            let intervals = (records[key] ?? []).map { record in
                HistogramInterval(
                    tag: key.arm.label, startSeconds: record.startSeconds, lengthSeconds: record.lengthSeconds,
                    histogram: record.histogram)
            }
            let name = HistogramFiles.name(
                scenario: key.scenario, phase: key.phase, arm: key.arm, operation: key.operationName)
            do throws(ResultsError) {
                try HistogramFiles.write(intervals, name: name, to: directory)
            } catch {
                throw DriverError("\(error)")
            }
        }
    }
}
