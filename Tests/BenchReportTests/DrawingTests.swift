import Foundation
import Testing

@testable import BenchReport

@Suite("Figures and axes")
struct DrawingTests {
    @Test(
        "Figures are written with three digits, a prefix and a unit",
        arguments: [
            (Unit.bytes, 96, "96 B"), (.bytes, 43_120_000, "43.1 MB"), (.bytes, 999_999, "1.00 MB"),
            (.nanoseconds, 85, "85 ns"), (.nanoseconds, 1_204, "1.20 µs"), (.nanoseconds, 6_404_000, "6.40 ms"),
            (.nanoseconds, 2e9, "2.00 s"), (.seconds, 0.25, "250 ms"), (.rate, 1_234_567, "1.23 M/s"),
            (.rate, 0.3, "0.300/s"), (.rate, 60.4, "60.4/s"), (.ratio, 1.166, "1.17 ×"), (.ratio, 31_185, "31,200 ×"),
            (.ratio, 0.0123, "0.0123 ×"), (.fraction, 0.729, "72.9 %"), (.count, 12, "12"), (.count, 190_234, "190 k"),
            (.count, 0, "0"), (.bytes, 0, "0 B"), (.other("widgets"), 7, "7.00 widgets"), (.ratio, .nan, "–"),
            (.bytes, -2_000_000, "-2.00 MB"), (.bandwidth, 1_725_553_568, "1.73 GB/s"),
        ] as [(BenchReport.Unit, Double, String)])
    func quantity(_ unit: BenchReport.Unit, _ value: Double, _ text: String) {
        #expect(unit.text(value) == text)
    }

    @Test("Chosen figures lose the zeros at their end")
    func short() {
        #expect(Unit.fraction.shortText(0.03) == "3 %")
        #expect(Unit.ratio.shortText(1.5) == "1.5 ×")
        #expect(Unit.rate.shortText(100_000) == "100 k/s")
        #expect(Unit.nanoseconds.shortText(1_000_000) == "1 ms")
        #expect(Unit.nanoseconds.shortText(1.3) == "1.3 ns")
        #expect(Unit.nanoseconds.shortText(0.25) == "0.25 ns")
        #expect(Unit.nanoseconds.shortText(12.75) == "12.8 ns")
        #expect(Unit.nanoseconds.shortText(150) == "150 ns")
        #expect(Unit.bytes.shortText(1.5) == "1.5 B")
        #expect(Unit.bytes.shortText(64) == "64 B")
        #expect(Unit.seconds.shortText(0) == "0 s")
        #expect(Unit.rate.shortText(.infinity) == "–")
    }

    @Test("What rounds to nothing has no sign")
    func negativeZero() {
        #expect(BenchReport.Unit.fixed(-0.01, 1) == "0.0" && BenchReport.Unit.fixed(-0.2, 0) == "0")
        #expect(BenchReport.Unit.fixed(-0.06, 1) == "-0.1" && BenchReport.Unit.fixed(-10, 0) == "-10")
    }

    @Test("Neighbours' outermost labels have room between their panels")
    func gap() throws {
        func margins(_ label: String) throws -> [Double] {
            let axis = Axis(
                title: "", isLogarithmic: false, low: 0, high: 1,
                ticks: [.init(position: 0, label: label), .init(position: 1, label: label)])
            let panel = Panel(title: "p", x: axis, y: Axis.rows("", ["a"]), height: 40, plots: ["FILE index 0"])
            let figure = Figure(
                name: "f", title: "t", subtitle: "s", legend: [], panels: [panel, panel], columns: 2)
            let script = FigureScript.text(for: figure)
            let right = try #require(script.firstMatch(of: /rmargin at screen ([0-9.]+)/).flatMap { Double($0.1) })
            let left = try #require(
                script.matches(of: /lmargin at screen ([0-9.]+)/).last.flatMap { Double($0.1) })
            return [right * 800, left * 800]
        }
        for label in ["1 M/s", "600 M/s", "600,000,000 M/s"] {
            let edges = try margins(label)
            #expect(edges[1] - edges[0] > TextMetrics.width(label, size: 14), "\(label)")
        }
    }

    @Test("Texts beside points cover no point and no other text, however close the points lie", arguments: 1...30)
    func labels(_ seed: UInt64) {
        var random = SyntheticRun.Generator(state: seed)
        let size = (width: 640.0, height: 300.0)
        // Some in a heap, some anywhere.
        let points = (0..<18).map { index -> (x: Double, y: Double) in
            index < 9
                ? (60 + random.uniform() * 40, 100 + random.uniform() * 60)
                : (random.uniform() * 600, 10 + random.uniform() * 280)
        }
        let widths = points.map { _ in 30 + random.uniform() * 90 }
        let places = LabelPlacement.places(points, widths: widths, size: size)
        #expect(places.count == points.count && places.compactMap(\.self).count > 9, "seed \(seed)")
        let boxes = zip(places, widths).compactMap { place, width in
            place.map { place in
                (left: place.extendsRight ? place.x : place.x - width, width: width, y: place.y)
            }
        }
        for (number, box) in boxes.enumerated() {
            #expect(box.left >= 0 && box.left + box.width <= size.width && box.y > 0 && box.y < size.height)
            for other in boxes[(number + 1)...] {
                let isApart =
                    box.left + box.width <= other.left || other.left + other.width <= box.left
                    || abs(box.y - other.y) >= 15 - 1e-9
                #expect(isApart, "seed \(seed)")
            }
            for point in points {
                let isClear = point.x <= box.left || point.x >= box.left + box.width || abs(point.y - box.y) > 7
                #expect(isClear, "seed \(seed)")
            }
        }
        #expect(LabelPlacement.places([(10, 10)], widths: [700], size: size) == [nil])
        #expect(LabelPlacement.places([(10, 10)], widths: [20], size: size).first??.needsLine == false)
    }

    @Test("Units are known by the names of the run's tables")
    func names() {
        #expect(Unit(named: "entities/s") == .rate)
        #expect(Unit(named: "ns") == .nanoseconds)
        #expect(Unit(named: "x") == .ratio)
        #expect(Unit(named: "widgets") == .other("widgets"))
    }

    @Test("There is no axis over nothing")
    func empty() {
        #expect(Axis.linear("", covering: [], unit: .bytes) == nil)
        #expect(Axis.linear("", covering: [.nan, .infinity], unit: .bytes) == nil)
        #expect(Axis.logarithmic("", covering: [0, -1], unit: .nanoseconds) == nil)
        #expect(Axis.ratios("", covering: []) == nil)
    }

    @Test("An axis over equal values still has a range and ticks", arguments: [0, 1, -5, 1e-9, 3e12])
    func constant(_ value: Double) throws {
        for fromZero in [false, true] {
            let axis = try #require(Axis.linear("", covering: [value, value], unit: .count, fromZero: fromZero))
            #expect(axis.low < axis.high)
            #expect(axis.low <= value)
            #expect(axis.high >= value)
            #expect(axis.ticks.count >= 2, "\(axis)")
        }
        guard value > 0 else { return }
        let axis = try #require(Axis.logarithmic("", covering: [value], unit: .seconds))
        #expect(axis.low < value && value < axis.high)
        #expect(axis.ticks.count >= 2)
    }

    @Test("Every axis has head-room, ticks inside of its range, and no tick twice", arguments: 1...40)
    func random(_ seed: UInt64) throws {
        var random = SyntheticRun.Generator(state: seed)
        let scale = pow(10, random.uniform() * 18 - 6)
        let values = (0..<12).map { _ in scale * (0.2 + random.uniform()) }
        let most = try #require(values.max())
        let least = try #require(values.min())
        for unit in [Unit.bytes, .nanoseconds, .rate, .ratio, .count] {
            let axes = [
                Axis.linear("", covering: values, unit: unit),
                .linear("", covering: values, unit: unit, fromZero: true),
                .logarithmic("", covering: values, unit: unit), .ratios("", covering: values),
            ]
            for axis in axes.compactMap(\.self) {
                #expect(axis.high > most && axis.low < least, "seed \(seed), \(unit)")
                #expect(axis.ticks.count >= 2, "seed \(seed), \(unit), \(axis)")
                #expect(axis.ticks.count <= 14, "seed \(seed), \(unit), \(axis)")
                #expect(axis.ticks.allSatisfy { axis.low <= $0.position && $0.position <= axis.high }, "seed \(seed)")
                #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count, "seed \(seed), \(unit), \(axis.ticks)")
            }
        }
    }

    @Test("Ratios close to 1 get a range of at least 5 % to either side, distant ones a logarithmic axis")
    func ratios() throws {
        let near = try #require(Axis.ratios("", covering: [0.99, 1.01]))
        #expect(!near.isLogarithmic && near.low <= 0.95 && near.high >= 1.05)
        let far = try #require(Axis.ratios("", covering: [2, 50]))
        #expect(far.isLogarithmic && far.low < 1)
    }

    @Test("Series differ in colour, point and dash")
    func styles() {
        let names = ["glibc", "jemalloc", "mimalloc", "tcmalloc", "mine", "yours", "theirs"]
        let styles = SeriesStyle.styles(for: names)
        #expect(Set(styles.values.map(\.colour)).count == names.count)
        #expect(Set(styles.values.map(\.point)).count == names.count)
        #expect(styles["glibc"] == .reference)
        // The same allocator looks the same in a run with fewer of them.
        #expect(SeriesStyle.styles(for: ["jemalloc"])["jemalloc"] == styles["jemalloc"])
        let many = SeriesStyle.styles(for: (0..<60).map { "a\($0)" })
        #expect(Set(many.values.map { "\($0.colour) \($0.point) \($0.dash)" }).count == 60)
    }

    @Test("File names hold lower-case letters, digits and hyphens only")
    func fileNames() {
        #expect(Chart.name("wordnet", "latency", "get_batch") == "wordnet-latency-get-batch")
        #expect(Chart.name("../Ä b", "x/..") == "b-x")
        #expect(Chart.name("", "…") == "chart")
    }

    @Test("Text for gnuplot is quoted so that nothing in it is a command")
    func quoting() {
        #expect(FigureScript.quoted("it's `date` \"x\"\nset output") == "'it''s `date` \"x\" set output'")
    }

    @Test("A data file keeps its columns whatever its texts hold")
    func dataFile() {
        var file = DataFile(title: "a\nb", columns: [.init(name: "n", meaning: "m")])
        let first = file.add("one", rows: [[.number(1.5), .text("tab\there \"quoted\"")], [.number(nil), .text("")]])
        let second = file.add("two", rows: [[.number(1e18), .text("x")]])
        #expect(first == 0 && second == 1)
        #expect(
            file.text == """
                # a b
                # Columns, separated by tabs:
                #   1 n: m
                # Two empty lines part the series; gnuplot counts them from index 0.
                # index 0: one
                1.5\ttab here 'quoted'
                NaN\t


                # index 1: two
                1e+18\tx

                """)
    }
}
