import Synchronization

/// Tells the maps of a process apart by 8 bits: a map takes a number when it is made and gives it back when it goes.
///
/// No two maps share a number while at most 256 exist; beyond that numbers are shared. They are given out in turn, so
/// that the keys of a map that is gone stay foreign to the next 255.
enum SlotMapIdentity {
    private static let numbers = Numbers()

    /// - Complexity: O(maps that exist), at most 256 steps.
    static func take() -> UInt8 { numbers.take() }
    static func giveBack(_ number: UInt8) { numbers.giveBack(number) }

    /// Invariant: `uses` holds 256 initialised counters for as long as the process runs.
    private final class Numbers: @unchecked Sendable {
        private let uses: UnsafeMutablePointer<Atomic<UInt32>>
        private let next = Atomic<UInt8>(0)

        init() {
            uses = .allocate(capacity: 256)
            for number in 0..<256 { (uses + number).initialize(to: Atomic(0)) }
        }

        func take() -> UInt8 {
            let first = next.wrappingAdd(1, ordering: .relaxed).oldValue
            for step in 0..<256 {
                let number = first &+ UInt8(step)
                // What is ordered between two maps with one number is their keys, and those are passed by the caller.
                if uses[Int(number)].compareExchange(expected: 0, desired: 1, ordering: .relaxed).exchanged {
                    next.store(number &+ 1, ordering: .relaxed)
                    return number
                }
            }
            uses[Int(first)].wrappingAdd(1, ordering: .relaxed)
            return first
        }

        func giveBack(_ number: UInt8) { uses[Int(number)].wrappingSubtract(1, ordering: .relaxed) }
    }
}
