import BenchYAML

extension SizeDistribution {
    /// The names that a scenario may use, with what is to follow each.
    static let forms = ["fixed(n)", "uniform(a,b)", "log-uniform(a,b)"]

    /// The largest size that may be asked for, in bytes: a plan stores sizes in 32 bits.
    static let limit = 1 << 30

    /// Reads `fixed(n)`, `uniform(a,b)` or `log-uniform(a,b)`, sizes in bytes or with a unit.
    init(_ node: Node) throws(DocumentError) {
        let text = try node.string()
        let call = ScalarCall(text)
        func size(_ index: Int) throws(DocumentError) -> Int {
            try call.argument(index, of: node).byteCount(in: 1...Self.limit)
        }
        func bounds() throws(DocumentError) -> (Int, Int) {
            let (least, most) = (try size(0), try size(1))
            guard least <= most else {
                throw node.error(
                    "the smallest size, \(least), is above the largest, \(most)",
                    suggestion: "write \(call.name)(\(most),\(least))")
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
        case ("fixed", _): throw node.error("fixed needs one size", suggestion: "such as fixed(48)")
        case ("uniform", _), ("log-uniform", _):
            throw node.error(
                "\(call.name) needs the smallest and the largest size", suggestion: "such as \(call.name)(16,4096)")
        default:
            let nearest = nearestName(to: call.name, in: ["fixed", "uniform", "log-uniform"]).flatMap { name in
                Self.forms.first { $0.hasPrefix("\(name)(") }
            }
            throw node.error(
                "unknown distribution of sizes \"\(text)\"",
                suggestion: nearest.map { "did you mean `\($0)`?" }
                    ?? "known here: \(Self.forms.joined(separator: ", "))")
        }
    }
}
