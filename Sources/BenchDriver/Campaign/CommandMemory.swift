import Glibc

/// The memory of a program over time, seen from outside: of the process that was started, or of the largest of those
/// that it has started.
struct CommandMemory {
    private(set) var samples: [(nanoseconds: UInt64, bytes: UInt64)] = []
    private var peak: UInt64?
    private var step: UInt64 = 10_000_000
    /// The most that this process held in memory, read when the program had just been started.
    private var inherited: UInt64 = .max
    private static let capacity = 2_048

    /// Begins, just before the program is started.
    init() {
        // The kernel counts a child's peak from before it became another program, when it still shared this process's
        // memory. This process's own peak is brought down to what it holds now, so that little is hidden behind it.
        let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        if descriptor >= 0 {
            _ = write(descriptor, "5", 1)
            close(descriptor)
        }
    }

    /// Looks at the program.
    mutating func sample(_ process: pid_t, after nanoseconds: UInt64) {
        if inherited == .max { inherited = ProcessFile.peakResidentBytes(of: getpid()) ?? .max }
        let family = ProcessFile.family(of: process)
        if let bytes = family.compactMap({ ProcessFile.residentBytes(of: $0) }).max(), bytes > 0 {
            samples.append((nanoseconds, bytes))
            if samples.count == Self.capacity {
                samples = samples.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
                step *= 2
            }
        }
        if let highest = family.compactMap({ ProcessFile.peakResidentBytes(of: $0) }).max() {
            peak = max(peak ?? 0, highest)
        }
    }

    /// When to look again: soon at first, so that a short program is seen too.
    func periodNanoseconds(after nanoseconds: UInt64) -> UInt64 { nanoseconds < 50_000_000 ? 1_000_000 : step }

    /// The most that the program had in memory. What the kernel counted to its end is exact where it is more than what
    /// this process had itself; below that, it is the highest mark that was seen, which misses only what grew between
    /// the last look and the end. Nil when the program was never seen.
    func peakBytes(_ usage: rusage) -> UInt64? {
        let counted = UInt64(max(0, usage.ru_maxrss)) * 1_024
        return counted > inherited ? max(counted, peak ?? 0) : peak
    }
}
