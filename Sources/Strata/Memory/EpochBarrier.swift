public import CStrata

/// The fence between a reader's pin and its reads, and between a writer's unlinking and the collector's look at the pins.
///
/// Readers pass the *light* side at each pin, collectors the *heavy* side once a collection. With membarrier(2) the
/// light side only binds the compiler, and the heavy side has the kernel put a full fence into every running thread
/// (Desnoyers and others, "User-Level Implementations of Read-Copy-Update", 2012). Without it both are full fences.
@usableFromInline
enum EpochBarrier {
    /// Whether this system can put fences into other threads; asked, and registered for, once a process.
    static let isMembarrierAvailable: Bool = {
        #if arch(powerpc64) || arch(powerpc64le)
            // Not multi-copy atomic: the argument in EpochManager.swift needs the readers' own fence there.
            return false
        #else
            return strata_membarrier_register() == 0
        #endif
    }()

    @inlinable @inline(__always)
    static func light(usesMembarrier: Bool) {
        if _fastPath(usesMembarrier) { strata_compiler_barrier() } else { strata_full_fence() }
    }

    /// - Returns: whether the fences are done. The kernel may refuse; then the caller has learnt nothing about readers.
    static func heavy(usesMembarrier: Bool) -> Bool {
        if usesMembarrier { return strata_membarrier() == 0 }
        strata_full_fence()
        return true
    }
}
