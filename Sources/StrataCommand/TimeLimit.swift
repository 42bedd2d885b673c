import ArgumentParser

/// A time on the command line: `90s`, `10m`, `1h`.
struct TimeLimit: ExpressibleByArgument {
    let nanoseconds: UInt64

    init(minutes: UInt64) { nanoseconds = minutes * 60_000_000_000 }

    init?(argument: String) {
        for (suffix, factor) in [("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)] as [(String, Double)]
        where argument.hasSuffix(suffix) {
            guard let value = Double(argument.dropLast(suffix.count)), value > 0, value * factor < 1e18 else {
                continue
            }
            nanoseconds = UInt64(value * factor)
            return
        }
        return nil
    }

    var defaultValueDescription: String { "\(nanoseconds / 60_000_000_000)m" }
}
