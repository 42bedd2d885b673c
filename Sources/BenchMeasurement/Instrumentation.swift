import CStrata

/// The part of a program that callgrind counts, as the program itself tells it.
public enum Instrumentation {
    /// Whether this program can tell callgrind anything: it was built with valgrind's header.
    public static var isBuiltIn: Bool { strata_instrumentation_is_built_in() != 0 }

    /// Whether the process runs under valgrind.
    public static var isUnderValgrind: Bool { strata_instrumentation_is_under_valgrind() != 0 }

    /// Sets all counts to zero and begins to count.
    public static func start() { strata_instrumentation_start() }

    /// Ends counting and has callgrind write what it counted to a file of its own, which carries the name. Takes C's
    /// form of the name, so that nothing is allocated while callgrind counts.
    public static func stop(_ name: UnsafePointer<CChar>) { strata_instrumentation_stop(name) }
}
