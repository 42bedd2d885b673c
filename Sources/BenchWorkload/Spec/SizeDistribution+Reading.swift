import BenchYAML

extension SizeDistribution {
    /// The names that a scenario may use, with what is to follow each.
    static let forms = ["fixed(n)", "uniform(a,b)", "log-uniform(a,b)", "log-normal(m,s,a,b)"]

    /// The largest size that may be asked for, in bytes: a plan stores sizes in 32 bits.
    static let limit = 1 << 30

    /// The means and deviations of a logarithm for which every size can be drawn, with room to spare.
    private static let means = -50.0...50.0
    private static let deviations = 0.0...20.0

    /// Reads one of ``forms``, sizes in bytes or with a unit.
    init(_ node: Node) throws(DocumentError) {
        let text = try node.string()
        let call = ScalarCall(text)
        func size(_ index: Int) throws(DocumentError) -> Int {
            try call.argument(index, of: node).byteCount(in: 1...Self.limit)
        }
        /// The last two arguments, with those before them for the suggestion.
        func bounds(after count: Int = 0) throws(DocumentError) -> (Int, Int) {
            let (least, most) = (try size(count), try size(count + 1))
            guard least <= most else {
                let arguments = call.arguments[..<count] + ["\(most)", "\(least)"]
                throw node.error(
                    "the smallest size, \(least), is above the largest, \(most)",
                    suggestion: "write \(call.name)(\(arguments.joined(separator: ",")))")
            }
            return (least, most)
        }
        switch (call.name, call.arguments.count) {
        case ("fixed", 1): self = .fixed(try size(0))
        case ("uniform", 2):
            let (least, most) = try bounds()
            self = .uniform(least, most)
        case ("log-uniform", 2):
            let (least, most) = try bounds()
            self = .logUniform(least, most)
        case ("log-normal", 4):
            let mean = try call.argument(0, of: node).double(in: Self.means)
            let deviation = try call.argument(1, of: node).double(in: Self.deviations)
            let (least, most) = try bounds(after: 2)
            self = .logNormal(mean: mean, deviation: deviation, least, most)
        case ("fixed", _): throw node.error("fixed needs one size", suggestion: "such as fixed(48)")
        case ("uniform", _), ("log-uniform", _):
            throw node.error(
                "\(call.name) needs the smallest and the largest size", suggestion: "such as \(call.name)(16,4096)")
        case ("log-normal", _):
            throw node.error(
                "log-normal needs the mean and the deviation of the logarithm, the smallest and the largest size",
                suggestion: "such as log-normal(4.2,0.9,16,1024)")
        default:
            let names = ["fixed", "uniform", "log-uniform", "log-normal"]
            let nearest = nearestName(to: call.name, in: names).flatMap { name in
                Self.forms.first { $0.hasPrefix("\(name)(") }
            }
            throw node.error(
                "unknown distribution of sizes \"\(text)\"",
                suggestion: nearest.map { "did you mean `\($0)`?" }
                    ?? "known here: \(Self.forms.joined(separator: ", "))")
        }
    }
}
