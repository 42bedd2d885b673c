import BenchResults

/// How far a subject's own metrics of its memory are from the truth: what the allocator says it has handed out, and
/// what the kernel says is resident.
struct AccountingAudit {
    /// What the subject says it holds from the allocator, and what of it has memory behind it; nil where it says
    /// nothing.
    var accountedBytes: UInt64?
    var accountedResidentBytes: UInt64?
    /// What the allocator and the kernel say; nil where they say nothing.
    var liveBytes: UInt64?
    var residentBytes: UInt64?

    /// The difference to each as a share of the truth, and the larger of the two. Nothing where the allocator says
    /// nothing: the kernel's figure alone has the allocator's own reserves in it.
    var measurements: [Measurement] {
        guard let live = Self.error(accountedBytes, liveBytes) else { return [] }
        let resident = Self.error(accountedResidentBytes, residentBytes)
        var errors = [("accounting_error_live", live)]
        if let resident { errors.append(("accounting_error_resident", resident)) }
        errors.append(("accounting_error", max(live, resident ?? 0)))
        return errors.map { Measurement(metric: $0.0, value: $0.1, unit: "fraction", direction: .lower) }
    }

    private static func error(_ accounted: UInt64?, _ truth: UInt64?) -> Double? {
        guard let accounted, let truth, truth > 0 else { return nil }
        return abs(Double(accounted) - Double(truth)) / Double(truth)
    }
}
