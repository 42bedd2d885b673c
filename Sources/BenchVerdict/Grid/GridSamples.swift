import BenchResults
import Glibc

/// What a phase does, whoever does it: what throughputs may be divided within.
struct GridTask: Hashable {
    var phase: String
    var role: String
    var operation: String
    var unit: String
    var parameters: String
}

/// Where contenders meet in a task.
struct GridSetting: Hashable {
    var subject: String
    var strategy: String
    var threads: Int
}

/// The samples of one scenario, sorted for a grid: logarithms of throughput by block, and memory by block.
struct GridSamples {
    typealias Blocks = [Int: Double]

    /// A task with a setting.
    struct Field: Hashable {
        var task: GridTask
        var setting: GridSetting
    }

    let scenario: String
    let reference: String
    /// Throughput rows; where a program only has a time, its inverse.
    let throughputRows: [SampleRow]
    /// `throughput`, or `wall_time` where it was inverted.
    let metric: String
    /// The contenders in the order of the samples; the placebo too.
    let contenders: [String]
    /// The fields in the order of the samples.
    let fields: [Field]
    let speeds: [Field: [String: Blocks]]
    /// Metric to field to contender to block to value.
    let memory: [String: [Field: [String: Blocks]]]
    /// The number of blocks.
    let blockCount: Int

    /// The name of the allocator that is the reference a second time.
    static let placebo = "placebo"

    /// Sorts the rows of one scenario. Rows of the subject `null`, and of phases whose answers differ, take no part, nor
    /// does a throughput that a plan has set: operations that are sent at planned times come at the same rate on all.
    init(_ rows: [SampleRow], reference: String) {
        let ledger = AnswerLedger(rows)
        let own = rows.filter { $0.subject != "null" && !ledger.isConflicting(SeriesKey($0)) }
        scenario = rows.first?.scenario ?? ""
        func place(_ row: SampleRow) -> String { "\(row.phase)\u{0}\(row.role)" }
        let paced = Set(rows.lazy.filter { $0.metric == "planned_rate" }.map(place))
        let measured = own.filter {
            $0.metric == "throughput" && $0.direction == .higher && $0.value > 0 && !paced.contains(place($0))
        }
        if measured.isEmpty {
            throughputRows = own.filter { $0.metric == "wall_time" && $0.direction == .lower && $0.value > 0 }
                .map(Self.inverted)
            metric = "wall_time"
        } else {
            throughputRows = measured
            metric = "throughput"
        }
        var contenders: [String] = []
        var fields: [Field] = []
        var speeds: [Field: [String: Blocks]] = [:]
        for row in throughputRows {
            let field = Self.field(row)
            if !contenders.contains(row.arm.contender) { contenders.append(row.arm.contender) }
            if speeds[field] == nil { fields.append(field) }
            speeds[field, default: [:]][row.arm.contender, default: [:]][row.block] = log(row.value)
        }
        var memory: [String: [Field: [String: Blocks]]] = [:]
        for row in own where Self.isMemory(row.metric) {
            memory[row.metric, default: [:]][Self.field(row), default: [:]][row.arm.contender, default: [:]][
                row.block] = row.value
        }
        self.contenders = contenders
        let ranked = contenders.filter { $0 != Self.placebo }
        self.reference = ranked.contains(reference) ? reference : ranked.first ?? reference
        self.fields = fields
        self.speeds = speeds
        self.memory = memory
        blockCount = Set(throughputRows.map(\.block)).count
    }

    /// The contenders that are ranked.
    var ranked: [String] { contenders.filter { $0 != Self.placebo } }

    /// Subjects and strategies, in the order of the samples.
    var strategies: [(subject: String, strategy: String)] {
        var seen: [(subject: String, strategy: String)] = []
        for field in fields {
            let setting = field.setting
            if !seen.contains(where: { $0 == (setting.subject, setting.strategy) }) {
                seen.append((setting.subject, setting.strategy))
            }
        }
        return seen
    }

    /// The numbers of threads that an arm of a subject and strategy may have: those of the phases that ran with
    /// several, or the smallest where none did.
    func threadSettings(_ subject: String, _ strategy: String) -> [Int] {
        let own = fields.filter { $0.setting.subject == subject && $0.setting.strategy == strategy }
        let byTask = Dictionary(grouping: own, by: \.task).mapValues { Set($0.map(\.setting.threads)) }
        let varied = byTask.values.filter { $0.count > 1 }.reduce(into: Set<Int>()) { $0.formUnion($1) }
        guard varied.isEmpty else { return varied.sorted() }
        return byTask.values.compactMap { $0.min() }.min().map { [$0] } ?? []
    }

    /// The fields of an arm with so many threads: of each task the one with that number, or, since phases that run on
    /// one thread whatever the arm says are measured once, the one with the fewest.
    func fields(_ subject: String, _ strategy: String, threads: Int) -> [Field] {
        let own = fields.filter { $0.setting.subject == subject && $0.setting.strategy == strategy }
        var tasks: [GridTask] = []
        for field in own where !tasks.contains(field.task) { tasks.append(field.task) }
        return tasks.compactMap { task in
            let choices = own.filter { $0.task == task }
            return choices.first { $0.setting.threads == threads }
                ?? choices.min { $0.setting.threads < $1.setting.threads }
        }
    }

    /// The mean logarithm over some fields by block, for each contender that has them all; a block counts where the
    /// contender has all fields in it. Fields that some contender lacks are left out for all.
    func means(over fields: [Field], of names: [String]) -> [(name: String, blocks: Blocks)] {
        let present = names.filter { name in fields.contains { speeds[$0]?[name] != nil } }
        let common = fields.filter { field in present.allSatisfy { speeds[field]?[$0] != nil } }
        guard !common.isEmpty else { return [] }
        return present.map { name in
            let series = common.compactMap { speeds[$0]?[name] }
            var means: Blocks = [:]
            for block in series.first.map({ Array($0.keys) }) ?? [] {
                let values = series.compactMap { $0[block] }
                if values.count == series.count { means[block] = values.reduce(0, +) / Double(values.count) }
            }
            return (name, means)
        }
    }

    private static func field(_ row: SampleRow) -> Field {
        // Memory belongs to the same field as the throughput of its phase, whatever its own operation and unit.
        let task = GridTask(
            phase: row.phase, role: row.role, operation: row.operation,
            unit: row.metric == "throughput" ? row.unit : "", parameters: row.parameters)
        return Field(
            task: task, setting: GridSetting(subject: row.subject, strategy: row.strategy, threads: row.threads))
    }

    private static func isMemory(_ metric: String) -> Bool {
        metric == "resident_bytes_peak" || metric == "fragmentation_ratio" || metric == "live_bytes"
            || metric.hasPrefix("resident_bytes_after_")
    }

    private static func inverted(_ row: SampleRow) -> SampleRow {
        var row = row
        row.metric = "throughput"
        row.value = 1e9 / row.value
        row.unit = "runs/s"
        row.direction = .higher
        return row
    }
}
