public import BenchResults
public import BenchWorkload

/// Something that is measured: a store that the operations of a plan are done to.
///
/// A subject lives in a process of its own, for one block. The driver calls, for each phase that it supports,
/// ``prepare(_:)``, then ``execute(_:into:)`` until the plan or the time is used up, then ``finish(_:)``.
public protocol Subject: AnyObject {
    /// Whether the subject can do an operation of this kind. A phase with a kind that it cannot do is skipped.
    func supports(_ kind: OperationKind) -> Bool

    /// Gets ready for a phase. Not timed.
    func prepare(_ phase: PhaseContext) throws(SubjectError)

    /// Does the operations of a batch in their order and adds to the outcome. Timed.
    ///
    /// In a phase with more than one thread, all threads call it at once. Such a phase does not change the store.
    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError)

    /// Holds what a reader of this subject holds, such as the pin of an epoch, while `body` runs. Called on a thread of
    /// its own beside others that read and write. A subject whose readers hold nothing only calls `body`.
    func hold(_ body: () -> Void) throws(SubjectError)

    /// Ends a phase: audits what it left behind, and reports the subject's own figures. Not timed.
    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport
}

extension Subject {
    public func hold(_ body: () -> Void) throws(SubjectError) { body() }
}

/// Makes subjects by name. The driver knows none itself.
public protocol SubjectFactory: Sendable {
    /// The names that ``make(_:_:)`` knows.
    var names: [String] { get }

    /// A new subject for one block.
    func make(_ name: String, _ context: SubjectContext) throws(SubjectError) -> any Subject
}

/// A failure of a subject. It ends the campaign: figures of a subject that fails mean nothing.
public struct SubjectError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What failed, as one sentence.
    public let message: String

    public init(_ message: String) { self.message = message }

    /// The same with a label, as conversions from other errors read well.
    public init(message: String) { self.message = message }

    public var description: String { message }
}

/// What a phase looks like to a subject.
public struct PhaseContext {
    /// What the scenario says of the phase.
    public let specification: PhaseSpecification
    /// How many threads will call `execute`.
    public let threads: Int
    /// The rows in the store when the phase starts: `0 ..< loaded`.
    public let loaded: Int
    /// The planned operations; in a phase with a duration the ring that is gone through again and again. Valid
    /// until the phase is finished.
    public let operations: UnsafeBufferPointer<Operation>
    /// Whether some threads change the store while others read it.
    public var hasConcurrentWriter: Bool { specification.roles.contains(where: \.changesTheStore) && threads > 1 }
    /// False in a phase with a duration: how much is done depends on the machine, so that answers are not compared.
    public let isRepeatable: Bool

    public init(
        specification: PhaseSpecification, threads: Int, loaded: Int, operations: UnsafeBufferPointer<Operation>,
        isRepeatable: Bool
    ) {
        self.specification = specification
        self.threads = threads
        self.loaded = loaded
        self.operations = operations
        self.isRepeatable = isRepeatable
    }
}

/// Operations to be done in their order.
@frozen
public struct OperationBatch {
    /// The operations.
    public let operations: UnsafeBufferPointer<Operation>
    /// The place of the first in the phase, from 0: answers are hashed with the place of their operation.
    public let firstIndex: UInt64
    /// The number of the thread that does them, below the phase's number of threads.
    public let thread: Int

    @inlinable
    public init(operations: UnsafeBufferPointer<Operation>, firstIndex: UInt64, thread: Int = 0) {
        self.operations = operations
        self.firstIndex = firstIndex
        self.thread = thread
    }
}

/// What a thread has done in a phase so far.
@frozen
public struct BatchOutcome: Sendable, Equatable {
    /// The wrapping sum of the hashes of (operation index, logical answer), so that order and threads do not matter.
    public var digest: UInt64
    /// Units done: operations, or entities where an operation deals with the whole store.
    public var items: UInt64
    /// Bytes of files that were written or read, where the operation is about files; otherwise 0.
    public var bytes: UInt64

    @inlinable
    public init(digest: UInt64 = 0, items: UInt64 = 0, bytes: UInt64 = 0) {
        self.digest = digest
        self.items = items
        self.bytes = bytes
    }
}

/// What a subject tells at the end of a phase.
public struct PhaseReport: Sendable, Equatable {
    /// Added to the digest of the phase's answers.
    public var digest: UInt64
    /// The subject's own figures.
    public var measurements: [Measurement]
    /// Bytes that are in use by the subject's own count, where it counts better than the allocator can: the part of an
    /// arena that is alive. Nil for what the allocator tells.
    public var liveBytes: UInt64?
    /// Where `liveBytes` is about a part of the subject: the bytes that its other parts have memory behind, by its own
    /// count. What is resident beyond them is the part's.
    public var otherResidentBytes: UInt64
    /// Bytes that the subject's own metrics say it holds from the allocator; nil for a subject without such metrics. They
    /// are measured against what the allocator says.
    public var accountedBytes: UInt64?
    /// The part of `accountedBytes` that the system has memory behind, by the subject's own metrics. It is measured
    /// against what the kernel says.
    public var accountedResidentBytes: UInt64?
    /// False where the subject did other work than the plan says, such as fewer entities: its answers are then not
    /// compared with others'.
    public var isComparable: Bool

    public init(
        digest: UInt64 = 0, measurements: [Measurement] = [], liveBytes: UInt64? = nil, otherResidentBytes: UInt64 = 0,
        accountedBytes: UInt64? = nil, accountedResidentBytes: UInt64? = nil, isComparable: Bool = true
    ) {
        self.digest = digest
        self.measurements = measurements
        self.liveBytes = liveBytes
        self.otherResidentBytes = otherResidentBytes
        self.accountedBytes = accountedBytes
        self.accountedResidentBytes = accountedResidentBytes
        self.isComparable = isComparable
    }
}
