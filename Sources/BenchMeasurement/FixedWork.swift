import CStrata

/// Work of a fixed amount that no optimizer takes away.
public enum FixedWork {
    /// Does so many turns of dependent integer arithmetic: about two nanoseconds each, and the same number of
    /// instructions. Touches no memory.
    public static func turn(_ turns: Int) {
        precondition(turns >= 0)
        // The loop stands in another language's object file: the call cannot be left out, whatever becomes of its value.
        _ = strata_work_chain(UInt64(turns), UInt64(turns))
    }
}
