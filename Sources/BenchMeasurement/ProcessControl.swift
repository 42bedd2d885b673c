import CStrata
import Glibc

/// What the driver asks of the kernel about processes and signals.
public enum ProcessControl {
    /// Has the kernel kill this process when the thread that started it ends.
    ///
    /// - Parameter parent: the process that should be the parent.
    /// - Returns: false when that process is gone already.
    public static func endWithParent(_ parent: Int32) throws(MeasurementError) -> Bool {
        let status = strata_die_with_parent(parent)
        guard status >= 0 else {
            throw MeasurementError("the process cannot be bound to its parent", source: "prctl", errno: errno)
        }
        return status == 0
    }

    /// A descriptor that becomes readable when the process has ended. The caller closes it.
    public static func descriptor(of process: Int32) throws(MeasurementError) -> Int32 {
        let descriptor = strata_pidfd_open(process)
        guard descriptor >= 0 else {
            throw MeasurementError("the process cannot be watched", source: "pidfd_open", errno: errno)
        }
        return descriptor
    }

    /// Has each SIGINT and SIGTERM written to a descriptor, a byte each. The first one brings the old behaviour back.
    public static func catchInterrupts(writingTo descriptor: Int32) throws(MeasurementError) {
        guard strata_interrupts_catch(descriptor) == 0 else {
            throw MeasurementError("signals cannot be caught", source: "sigaction", errno: errno)
        }
    }

    /// Brings back what signals did before ``catchInterrupts(writingTo:)``.
    public static func restoreInterrupts() { strata_interrupts_restore() }
}
