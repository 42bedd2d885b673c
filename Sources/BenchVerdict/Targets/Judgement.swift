public import BenchResults

/// Everything that samples come to, as `verdict.json` holds it: the targets, each arm against itself on glibc, each
/// subject against `standard` on the same allocator, and the grid of the allocators.
///
/// - Parameter complete: whether every block that was asked for ran.
public func judge(
    _ samples: [SampleRow], targets: [TargetDefinition], scale: RunScale, tolerances: Tolerances = Tolerances(),
    run: String, complete: Bool, warnings: [String] = []
) -> VerdictDocument {
    let grids = grid(samples, tolerances: tolerances)
    return VerdictDocument(
        run: run, complete: complete, profile: scale.profile.rawValue,
        targets: evaluate(targets, samples: samples, scale: scale),
        comparisons: compareAllocators(samples, tolerances: tolerances)
            + compareSubjects(samples, tolerances: tolerances),
        digestConflicts: digestConflicts(samples), warnings: warnings,
        grids: grids.isEmpty ? nil : grids)
}
