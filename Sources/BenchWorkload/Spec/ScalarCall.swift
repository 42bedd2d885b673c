import BenchYAML

/// A value that is written like a call: `uniform`, `zipf(0.99)`, `log-uniform(16,4096)`.
struct ScalarCall {
    /// What stands before the parentheses.
    let name: String
    /// What stands in them, without the spaces around; empty without parentheses.
    let arguments: [String]

    init(_ text: String) {
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
            name = text
            arguments = []
            return
        }
        name = String(text[..<open])
        let inner = text[text.index(after: open)...].dropLast()
        arguments = inner.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// An argument as a value of its own, so that numbers are read by the same rules everywhere.
    func argument(_ index: Int, of node: Node) -> Node {
        Node(.scalar(text: arguments[index], isPlain: true), at: node.location, keyPath: node.keyPath)
    }
}
