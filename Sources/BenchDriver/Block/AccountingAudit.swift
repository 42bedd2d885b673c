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
    /// What the allocator says it keeps free for requests to come. It is in the kernel's figure as far as there is memory
    /// behind it, which the allocator does not tell.
    var reserveBytes: UInt64 = 0

    /// The difference to each as a share of the truth, and the larger of the two. Nothing where the allocator says
    /// nothing: the kernel's figure alone has the allocator's own reserves in it.
    ///
    /// What the allocator keeps free is its own, and no subject can count it. So what is resident for the subject lies
    /// between the kernel's figure less that reserve and the kernel's figure, and an account between the two is as right
    /// as anybody can tell. The reserve's share stands beside the errors: it is what is left open.
    var measurements: [Measurement] {
        guard let live = Self.error(accountedBytes, liveBytes, open: 0) else { return [] }
        let resident = Self.error(accountedResidentBytes, residentBytes, open: reserveBytes)
        var figures = [("accounting_error_live", live)]
        if let resident, let residentBytes {
            figures.append(("accounting_error_resident", resident))
            figures.append(("accounting_reserve", min(1, Double(reserveBytes) / Double(residentBytes))))
        }
        figures.append(("accounting_error", max(live, resident ?? 0)))
        return figures.map { Measurement(metric: $0.0, value: $0.1, unit: "fraction", direction: .lower) }
    }

    /// How far an account is from what lies between the truth less what is open and the truth.
    private static func error(_ accounted: UInt64?, _ truth: UInt64?, open: UInt64) -> Double? {
        guard let accounted, let truth, truth > 0 else { return nil }
        let nearest = min(max(accounted, truth - min(truth, open)), truth)
        return abs(Double(accounted) - Double(nearest)) / Double(truth)
    }
}
