import BenchYAML
public import GraphData

/// The law by which the operations of a phase choose their entities.
public enum KeyDistribution: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Every loaded row is equally likely.
    case uniform
    /// The row of rank r is as likely as (r + 1)^-exponent; ranks are scattered over the rows by a fixed permutation,
    /// the same for all phases, so that the hot rows are not neighbours.
    case zipf(exponent: Double)
    /// Zipf with exponent 0.99 over recency: the newest row is the most likely.
    case latest
    /// A fixed share of the rows, scattered like Zipf's ranks, gets `probability` of the operations; within the hot
    /// and within the cold rows all are equally likely.
    case hotspot(fraction: Double, probability: Double)
    /// Row after row, from 0, and round again.
    case sequential
    /// The rows that the data set's trace asks for, in its order, and round again.
    case trace

    /// The exponent of `latest`.
    public static let latestExponent = 0.99

    /// The permutation that takes ranks of `zipf` and `hotspot` to rows: one for all phases and seeds, so that the hot
    /// rows stay the same.
    public static func scatter(rows: Int) -> SeededPermutation {
        SeededPermutation(count: rows, seed: 0x5354_5241_5441)
    }

    /// The names that a scenario may use, with what is to follow each.
    static let forms = ["uniform", "zipf(s)", "latest", "hotspot(f,p)", "sequential", "trace"]

    /// As a scenario writes it, such as `zipf(0.99)`.
    public var description: String {
        switch self {
        case .uniform: return "uniform"
        case .zipf(let exponent): return "zipf(\(exponent))"
        case .latest: return "latest"
        case .hotspot(let fraction, let probability): return "hotspot(\(fraction),\(probability))"
        case .sequential: return "sequential"
        case .trace: return "trace"
        }
    }
}

extension KeyDistribution {
    /// Reads `uniform`, `zipf(s)`, `latest`, `hotspot(f,p)`, `sequential` or `trace`.
    init(_ node: Node) throws(DocumentError) {
        let text = try node.string()
        let call = ScalarCall(text)
        let advice = "known here: \(Self.forms.joined(separator: ", "))"
        switch (call.name, call.arguments.count) {
        case ("uniform", 0): self = .uniform
        case ("latest", 0): self = .latest
        case ("sequential", 0): self = .sequential
        case ("trace", 0): self = .trace
        case ("zipf", 1):
            let exponent = try call.argument(0, of: node).double()
            guard exponent > 0, exponent <= 16 else {
                throw node.error(
                    "the exponent of zipf must be above 0 and at most 16, found \(call.arguments[0])",
                    suggestion: exponent == 0 ? "use uniform" : nil)
            }
            self = .zipf(exponent: exponent)
        case ("hotspot", 2):
            let fraction = try call.argument(0, of: node).fraction()
            let probability = try call.argument(1, of: node).fraction()
            guard fraction > 0, fraction < 1 else {
                throw node.error(
                    "hotspot needs a share of the rows between 0 and 1, found \(call.arguments[0])",
                    suggestion: "such as hotspot(0.2,0.8): a fifth of the rows gets four fifths of the operations")
            }
            self = .hotspot(fraction: fraction, probability: probability)
        case ("zipf", _):
            throw node.error("zipf needs one number, its exponent", suggestion: "such as zipf(0.99)")
        case ("hotspot", _):
            throw node.error("hotspot needs two shares", suggestion: "such as hotspot(0.2,0.8)")
        case ("uniform", _), ("latest", _), ("sequential", _), ("trace", _):
            throw node.error("`\(call.name)` takes nothing in parentheses", suggestion: "write \(call.name)")
        default:
            let names = ["uniform", "zipf", "latest", "hotspot", "sequential", "trace"]
            let nearest = nearestName(to: call.name, in: names).flatMap { name in
                Self.forms.first { $0.hasPrefix(name) }
            }
            throw node.error(
                "unknown law of keys \"\(text)\"", suggestion: nearest.map { "did you mean `\($0)`?" } ?? advice)
        }
    }
}
