import Foundation

/// One axis of a panel: its range and ticks are computed here and written out, so that a chart is the same on every
/// machine and an empty range never reaches gnuplot.
struct Axis: Equatable, Sendable {
    struct Tick: Equatable, Sendable {
        var position: Double
        var label: String
    }

    var title: String
    var isLogarithmic: Bool
    var low: Double
    var high: Double
    var ticks: [Tick]
    /// Whether a thin line is drawn across the panel at each tick.
    var hasGrid = true

    /// A linear axis that covers the values with head-room, or nil when no value is finite.
    ///
    /// Equal values get a range around them, and with `leastSpan` the range is at least that share of the largest
    /// value, so that little scatter looks like little. With `fromZero` the axis starts at 0.
    static func linear(
        _ title: String, covering values: some Sequence<Double>, unit: Unit, fromZero: Bool = false,
        targetTicks: Int = 5, mostTicks: Int = .max, leastSpan: Double = 0
    ) -> Axis? {
        guard let (least, most) = bounds(values.lazy.filter(\.isFinite)) else { return nil }
        var low = fromZero ? Swift.min(0, least) : least
        var high = fromZero ? Swift.max(0, most) : most
        if low == high {
            let half = low == 0 ? 1 : abs(low) * 0.1
            if !(fromZero && low == 0) { low -= half }
            high += half
        }
        let lack = leastSpan * Swift.max(abs(low), abs(high)) - (high - low)
        if lack > 0 {
            low -= lack / 2
            high += lack / 2
        }
        let room = (high - low) * 0.07
        if !(fromZero && low == 0) { low -= room }
        if !(fromZero && high == 0) { high += room }
        var ticks = linearTicks(from: low, to: high, unit: unit, target: targetTicks)
        if ticks.count > mostTicks {
            let every = (ticks.count + mostTicks - 1) / mostTicks
            ticks = stride(from: 0, to: ticks.count, by: every).map { ticks[$0] }
        }
        return Axis(title: title, isLogarithmic: false, low: low, high: high, ticks: ticks)
    }

    /// A logarithmic axis that covers the positive values with head-room, or nil when there is none.
    static func logarithmic(_ title: String, covering values: some Sequence<Double>, unit: Unit) -> Axis? {
        guard let (least, most) = bounds(values.lazy.filter { $0.isFinite && $0 > 0 }) else { return nil }
        let span = log10(most / least)
        // At least a fifth of a decade, so that noise in equal values does not look like a mountain.
        let room = span < 0.2 ? (0.3 - span) / 2 : span * 0.06
        let low = least * pow(10, -room)
        let high = most * pow(10, room)
        return Axis(
            title: title, isLogarithmic: true, low: low, high: high,
            ticks: logarithmicTicks(from: low, to: high, unit: unit))
    }

    /// An axis of ratios: linear while they are close together, logarithmic when they are not. It always shows 1.
    static func ratios(
        _ title: String, covering values: [Double], preferLogarithmic: Bool = false, roomForTexts: Bool = false
    ) -> Axis? {
        let usable = values.filter { $0.isFinite && $0 > 0 }
        guard let (least, most) = bounds(usable) else { return nil }
        if preferLogarithmic || Swift.max(most, 1) / Swift.min(least, 1) > 4 {
            let reach = Swift.max(most, 1)
            let room = roomForTexts ? [reach * pow(reach / Swift.min(least, 1), 0.13)] : []
            return logarithmic(title, covering: usable + [1] + room, unit: .ratio)
        }
        // Never closer than 5 % to either side: a picture of noise must look like one.
        let room = roomForTexts ? [Swift.max(most, 1.05) + (most - Swift.min(least, 0.95)) * 0.13] : []
        return linear(title, covering: usable + [0.95, 1.05] + room, unit: .ratio, targetTicks: 7)
    }

    /// An axis of named rows, from top to bottom: row n lies at n + 1, growing downwards.
    static func rows(_ title: String, _ labels: [String]) -> Axis {
        Axis(
            title: title, isLogarithmic: false, low: Double(labels.count) + 0.5, high: 0.5,
            ticks: labels.enumerated().map { Tick(position: Double($0.offset + 1), label: $0.element) }, hasGrid: false)
    }

    /// The axis of percentiles, over 1 / (1 - p).
    static func percentiles(upTo most: Double) -> Axis {
        let all = [
            (1, "0 %"), (2, "50 %"), (10, "90 %"), (100, "99 %"), (1e3, "99.9 %"), (1e4, "99.99 %"),
            (1e5, "99.999 %"), (1e6, "99.9999 %"), (1e7, "99.99999 %"),
        ]
        let high = Swift.max(most, 10) * 1.15
        return Axis(
            title: "percentile", isLogarithmic: true, low: 1, high: high,
            ticks: all.filter { $0.0 <= high }.map { Tick(position: $0.0, label: $0.1) })
    }

    /// The labels that stand so near to an end of the axis that they may stick out.
    var outermostLabels: [String] {
        func along(_ value: Double) -> Double { isLogarithmic ? log(value) : value }
        return ticks.filter { tick in
            let share = (along(tick.position) - along(low)) / (along(high) - along(low))
            return share < 0.08 || share > 0.92
        }.map(\.label)
    }

    private static func bounds(_ values: some Sequence<Double>) -> (Double, Double)? {
        var least = Double.infinity
        var most = -Double.infinity
        for value in values {
            least = Swift.min(least, value)
            most = Swift.max(most, value)
        }
        return least <= most ? (least, most) : nil
    }

    private static func linearTicks(from low: Double, to high: Double, unit: Unit, target: Int) -> [Tick] {
        // One tick tells no scale: a range that a coarse step falls into only once gets a finer one.
        for count in [target, target * 2, target * 4] {
            let ticks = ticks(from: low, to: high, unit: unit, target: count)
            if ticks.count >= 2 { return ticks }
        }
        return ticks(from: low, to: high, unit: unit, target: target)
    }

    private static func ticks(from low: Double, to high: Double, unit: Unit, target: Int) -> [Tick] {
        let prefix = unit.prefix(for: Swift.max(abs(low), abs(high)))
        let scale = unit.factor / prefix.factor
        let raw = (high - low) * scale / Double(target)
        let decade = pow(10, log10(raw).rounded(.down))
        let step = [1, 2, 2.5, 5, 10].map { $0 * decade }.first { $0 >= raw * 0.999 } ?? raw
        let digits = step / decade == 2.5 ? 1 : 0
        let places = Swift.max(0, -Int(log10(decade).rounded(.down)) + digits)
        let first = (low * scale / step).rounded(.up)
        let last = (high * scale / step).rounded(.down)
        guard first <= last, last - first < 100 else { return [] }
        return stride(from: first, through: last, by: 1).map { index in
            let scaled = index * step
            return Tick(position: scaled / scale, label: Unit.fixed(scaled, places) + unit.suffix(prefix.letter))
        }
    }

    private static func logarithmicTicks(from low: Double, to high: Double, unit: Unit) -> [Tick] {
        let decades = log10(high / low)
        if decades < 0.5 { return linearTicks(from: low, to: high, unit: unit, target: 5) }
        let steps: [Double] = decades > 4 ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 5]
        let every = Swift.max(1, Int((decades / 9).rounded(.up)))
        var ticks: [Tick] = []
        for exponent in Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up)) where exponent % every == 0 {
            for step in steps {
                let position = step * pow(10, Double(exponent))
                guard position >= low, position <= high else { continue }
                ticks.append(Tick(position: position, label: label(position, unit)))
            }
        }
        if ticks.count < 2 { return linearTicks(from: low, to: high, unit: unit, target: 5) }
        return ticks
    }

    /// A tick's figure without the zeros that three significant digits would add.
    private static func label(_ value: Double, _ unit: Unit) -> String {
        let prefix = unit.prefix(for: value)
        let scaled = value * unit.factor / prefix.factor
        if unit == .ratio, scaled >= 1000 { return Unit.grouped(scaled) + unit.suffix(prefix.letter) }
        let places = scaled >= 0.9995 ? 0 : Swift.max(0, -Int(log10(scaled).rounded(.down)))
        return Unit.fixed(scaled, places) + unit.suffix(prefix.letter)
    }
}
