import Glibc

/// The number of steps of a randomised test: the given one, or a million when `STRATA_LONG` is set.
func longRun(_ steps: Int) -> Int { getenv("STRATA_LONG") == nil ? steps : max(steps, 1_000_000) }
