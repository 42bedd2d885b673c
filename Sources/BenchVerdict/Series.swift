import BenchResults

/// What the blocks of one series have in common.
struct SeriesKey: Hashable {
    var run: String
    var scenario: String
    var scenarioHash: String
    var phase: String
    var role: String
    var operation: String
    var arm: ArmKey
    var metric: String
    var unit: String

    init(_ row: SampleRow) {
        run = row.run
        scenario = row.scenario
        scenarioHash = row.scenarioHash
        phase = row.phase
        role = row.role
        operation = row.operation
        arm = row.arm
        metric = row.metric
        unit = row.unit
    }

    /// The same series of another arm.
    func with(arm other: ArmKey) -> SeriesKey {
        var copy = self
        copy.arm = other
        return copy
    }
}

/// The values of one metric of one arm, block by block.
struct Series {
    var key: SeriesKey
    var direction: Direction
    /// Block number to value; a block that was written twice holds its last value.
    var blocks: [Int: Double]

    /// The values in the order of their blocks.
    var values: [Double] { blocks.sorted { $0.key < $1.key }.map(\.value) }

    /// The pairs of values of the blocks that both series have, in the order of the blocks.
    func pairs(over reference: Series) -> [(candidate: Double, reference: Double)] {
        blocks.sorted { $0.key < $1.key }.compactMap { block, value in
            reference.blocks[block].map { (value, $0) }
        }
    }
}

/// The samples by series, in the order in which they first occur.
struct SeriesTable {
    private(set) var series: [Series] = []
    private var positions: [SeriesKey: Int] = [:]

    init(_ samples: some Sequence<SampleRow>) {
        for row in samples {
            let key = SeriesKey(row)
            if let position = positions[key] {
                series[position].blocks[row.block] = row.value
            } else {
                positions[key] = series.count
                series.append(Series(key: key, direction: row.direction, blocks: [row.block: row.value]))
            }
        }
    }

    /// The series of a key, if the samples hold it. Takes O(1).
    subscript(key: SeriesKey) -> Series? { positions[key].map { series[$0] } }
}
