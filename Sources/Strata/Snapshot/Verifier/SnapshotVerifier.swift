import Glibc
import Synchronization

/// Checks every byte of a snapshot and every rule of its structure.
public enum SnapshotVerifier {
    /// Checks the snapshot at `path`, large ones on two threads. Linear in the file's length.
    ///
    /// The checksums come first, in file order, then the rules that hold between the values: offsets ascend, lists are
    /// sorted, indices are in range, the reverse relationships are the forward ones, strings are UTF-8, padding is
    /// zero. What passes was written by a correct writer and has not changed since.
    ///
    /// - Returns: the header and the sections of the sound file.
    /// - Throws: `corrupted` with the byte offset of the first damage found; `unsupportedFormat` when the file is not a
    ///   snapshot of this version; `ioFailure` when it cannot be read.
    @discardableResult
    public static func verify(
        _ path: String, fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> SnapshotInspection {
        try verify(path, fileSystem: fileSystem, limits: .standard)
    }

    /// - Parameter threads: how many threads do it; nil for what the file's length is worth.
    @discardableResult
    static func verify(
        _ path: String, fileSystem: some FileSystem, limits: SnapshotLimits, threads: Int? = nil
    ) throws(StrataError) -> SnapshotInspection {
        let file = try fileSystem.open(path, .read)
        let mapping = try fileSystem.map(file)
        defer { fileSystem.unmap(mapping) }
        let layout = try SnapshotLayout(mapping.bytes, path: path)
        let work = Work(SnapshotStructure(ZeroCopyGraphStorage(layout), limits), blockCount: layout.tree.blockCount)
        try work.run(threads: threads ?? (layout.byteCount < parallelByteCount ? 1 : 2))
        try checkPadding(layout)
        try work.structure.check(
            columnsAreSound: work.columns.areSound, doubtfulStrings: work.strings.doubtful)
        return SnapshotInspection(layout)
    }

    /// From this length on a second thread gains more than its start costs.
    private static let parallelByteCount = 2 << 20

    /// The bytes between the section table and the sections are zero.
    private static func checkPadding(_ layout: SnapshotLayout) throws(StrataError) {
        var end = SnapshotLayout.entryOffset(layout.entries.count)
        for entry in layout.entries {
            for offset in end..<Int(entry.offset)
            where layout.base.load(fromByteOffset: offset, as: UInt8.self) != 0 {
                throw .damagedSnapshot("the padding is not zero", path: layout.path, offset: offset)
            }
            end = Int(entry.offset + entry.length)
        }
    }

    /// What any number of threads can do of a verification: each takes the next step until none is left.
    ///
    /// The checksums' steps come first, in file order. The columns' and the strings' need not wait for them: whatever bytes they read,
    /// they stay inside, and a file whose checksums are wrong is refused for these.
    private final class Work: @unchecked Sendable {
        // Unchecked: the mapped bytes are only read, and a part of the columns is written by the one who took its step.

        let structure: SnapshotStructure
        let columns = SnapshotColumns()
        let strings: SnapshotStrings
        private let blockCount: Int
        private let hashSteps: Int
        private let next = Atomic<Int>(0)

        /// The blocks in one step: some 100 microseconds.
        private static let blocksInStep = 32

        init(_ structure: consuming SnapshotStructure, blockCount: Int) {
            strings = SnapshotStrings(structure.storage)
            self.structure = structure
            self.blockCount = blockCount
            hashSteps = (blockCount + Self.blocksInStep - 1) / Self.blocksInStep
        }

        /// Does all steps.
        ///
        /// - Throws: `corrupted` for the first block that does not match its checksum.
        func run(threads: Int) throws(StrataError) {
            var helpers: [(handle: pthread_t, part: Helper)] = []
            for _ in 1..<max(1, threads) {
                var handle = pthread_t()
                let part = Helper(self)
                let argument = Unmanaged.passRetained(part)
                let code = pthread_create(
                    &handle, nil,
                    { argument in
                        let part = Unmanaged<Helper>.fromOpaque(argument!).takeRetainedValue()
                        part.damage = part.work.takeSteps()
                        return nil
                    }, argument.toOpaque())
                guard code == 0 else {
                    // Then those that are there do it.
                    argument.release()
                    break
                }
                helpers.append((handle, part))
            }
            var first = takeSteps()
            for helper in helpers {
                pthread_join(helper.handle, nil)
                guard let damage = helper.part.damage else { continue }
                if damage.step < first?.step ?? .max { first = damage }
            }
            if let first { throw first.error }
        }

        /// Takes steps until none is left or a checksum is wrong. A step is begun after all before it were, so that the
        /// first damage of the file is the one with the smallest step that any thread found.
        private func takeSteps() -> Damage? {
            while true {
                let step = next.add(1, ordering: .relaxed).oldValue
                guard step < hashSteps else {
                    let rest = step - hashSteps
                    if let part = SnapshotColumns.Part(rawValue: rest) {
                        columns.check(part, of: structure.storage, structure.limits)
                    } else {
                        let part = rest - SnapshotColumns.Part.allCases.count
                        guard part < strings.stepCount else { return nil }
                        strings.check(step: part, of: structure.storage)
                    }
                    continue
                }
                let blocks = step * Self.blocksInStep..<min((step + 1) * Self.blocksInStep, blockCount)
                do throws(StrataError) {
                    try structure.storage.places.pointee.blocks.check(blocks.lowerBound, through: blocks.upperBound - 1)
                } catch {
                    // What comes later in the file need not be looked at.
                    next.add(
                        hashSteps + SnapshotColumns.Part.allCases.count + strings.stepCount, ordering: .relaxed)
                    return Damage(step: step, error: error)
                }
            }
        }

        /// A checksum that is wrong.
        struct Damage {
            var step: Int
            var error: StrataError
        }

        /// What another thread has and leaves behind.
        private final class Helper: @unchecked Sendable {
            // Unchecked: the thread that it was made for writes `damage`, and its end comes before the reading.
            let work: Work
            var damage: Damage?

            init(_ work: Work) { self.work = work }
        }
    }
}
