import Strata

/// A held participant for each thread, in memory that is reached without the checks of a class's property.
struct EpochParticipants: ~Copyable {
    private let participants: UnsafeMutablePointer<EpochParticipant>
    private let count: Int
    /// Neighbours are two cache lines apart, so that threads do not write to one line.
    private static var stride: Int { max(1, 128 / MemoryLayout<EpochParticipant>.stride) }

    /// Registers so many.
    init(_ epochs: EpochManager, count: Int) throws(StrataError) {
        let participants = UnsafeMutablePointer<EpochParticipant>.allocate(capacity: count * Self.stride)
        for place in 0..<count {
            do throws(StrataError) {
                (participants + place * Self.stride).initialize(to: try epochs.register())
            } catch {
                for earlier in 0..<place { (participants + earlier * Self.stride).deinitialize(count: 1) }
                participants.deallocate()
                throw error
            }
        }
        self.participants = participants
        self.count = count
    }

    deinit {
        for place in 0..<count { (participants + place * Self.stride).deinitialize(count: 1) }
        participants.deallocate()
    }

    /// The participant of a thread, which alone uses it.
    @inline(__always)
    subscript(thread: Int) -> UnsafeMutablePointer<EpochParticipant> { participants + thread &* Self.stride }
}
