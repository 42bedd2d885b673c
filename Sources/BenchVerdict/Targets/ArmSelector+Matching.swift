import BenchResults

extension TargetDefinition.ArmSelector {
    /// Whether an arm is one of those that are meant.
    func matches(_ arm: ArmKey) -> Bool {
        (subject ?? arm.subject) == arm.subject && (allocator ?? arm.allocator) == arm.allocator
            && (allocatorOptions ?? arm.allocatorOptions) == arm.allocatorOptions
            && (strategy ?? arm.strategy) == arm.strategy && (threads ?? arm.threads) == arm.threads
            && (parameters ?? arm.parameters) == arm.parameters
    }

    /// The selector in the form of an arm's label, with `*` for what may be anything.
    var text: String {
        let threads = self.threads.map { String($0) } ?? "*"
        let point = parameters.map { $0.isEmpty ? "" : "/\($0)" } ?? ""
        let options = allocatorOptions.map { $0.isEmpty ? "" : "[\($0)]" } ?? ""
        return "\(subject ?? "*")/\(allocator ?? "*")\(options)/\(strategy ?? "*")/\(threads)\(point)"
    }
}
