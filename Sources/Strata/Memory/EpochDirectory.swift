/// The cores of all managers that live, by their numbers.
///
/// Cores are held here until their manager goes, so what is found is whole for as long as the finder holds it.
final class EpochDirectory: @unchecked Sendable {
    // `cores` and `last` are reached under `lock`.
    private static let shared = EpochDirectory()

    private let lock = EpochLock()
    private var cores: [UInt64: EpochCore] = [:]
    private var last: UInt64 = 0

    private init() {}

    /// Enters a core, and returns its number, which no other ever had.
    static func enter(_ core: EpochCore) -> UInt64 {
        shared.lock.withLock {
            shared.last += 1
            shared.cores[shared.last] = core
            return shared.last
        }
    }

    /// Takes a core out.
    static func leave(_ number: UInt64) {
        // Let go after the lock: its destructors may look something up here.
        let core = shared.lock.withLock { shared.cores.removeValue(forKey: number) }
        withExtendedLifetime(core) {}
    }

    static func core(of number: UInt64) -> EpochCore? { shared.lock.withLock { shared.cores[number] } }
}
