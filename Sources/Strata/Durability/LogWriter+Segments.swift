import Synchronization

extension LogWriter {
    /// Begins the next segment. With the lock held, before and after; all records are durable and nobody leads.
    ///
    /// - Throws: when the segment cannot be made; the log may be used on when nothing of it can be seen, and is poisoned
    ///   else.
    func rotate(for size: Int) throws(StrataError) {
        guard segment.number < .max else {
            throw StrataError(.limitExceeded, "the log has no more segments", path: maker.folder)
        }
        isLeading = true
        isFlying = true
        isRotating = true
        flights += 1
        let header = LogSegmentHeader(
            database: database, epoch: epoch, segment: segment.number + 1, firstSequence: lastSequence + 1,
            previous: chain)
        let byteCount = max(configuration.segmentByteCount, LogFormat.headerByteCount + size)
        // A longer segment than usual is not worth a spare one, which would be too short.
        let spare = byteCount == configuration.segmentByteCount ? spares.popLast() : nil
        lock.unlock()

        var made: ActiveSegment?
        var failure: LogSegmentMaker.Failure?
        do throws(LogSegmentMaker.Failure) {
            made = try maker.make(header, byteCount: byteCount, spare)
        } catch {
            failure = error
        }

        lock.lock()
        if let made {
            closed.append((segment.number, lastSequence, writtenEnd))
            segment = made
            writtenEnd = made.writtenEnd
            bufferStart = LogFormat.headerByteCount
            durableEnd = LogFormat.headerByteCount
        } else if let failure, !failure.isHarmless {
            poison(failure.error)
        } else if let spare {
            spares.append(spare)
        }
        land()
        lock.lock()
        if let failure { throw failure.error }
    }

    /// Begins a new segment if the active one has records.
    func startSegment() throws(StrataError) {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let poison { throw poison }
            guard segment.firstSequence <= lastSequence, !isClosed else { return }
            if isLeading {
                waitForLanding()
            } else if buffer.count > 0 || durableEnd < bufferStart {
                isLeading = true
                fly(synchronizes: true)
                lock.lock()
            } else {
                try rotate(for: 0)
            }
        }
    }

    /// Lets go of the segments of which all records have a number of at most `sequence`.
    func discard(through sequence: UInt64) throws(StrataError) {
        lock.lock()
        defer { lock.unlock() }
        if let poison { throw poison }
        // Whoever is at it already does the work.
        guard !isDiscarding, !isClosed else { return }
        isDiscarding = true
        defer { isDiscarding = false }
        while let oldest = closed.first, oldest.last <= sequence {
            let path = maker.path(oldest.number)
            let isKept = spares.count < configuration.spareSegmentCount
            lock.unlock()
            var failure: StrataError?
            var isSpare = false
            do throws(StrataError) {
                isSpare = try letGo(of: path, isKept)
            } catch {
                failure = error
            }
            lock.lock()
            if let failure { throw failure }
            closed.removeFirst()
            if isSpare {
                spares.append(SpareSegment(path: path + LogFormat.spareSuffix, writtenEnd: oldest.writtenEnd))
            }
        }
    }

    /// - Returns: whether the segment is kept as a spare one.
    private func letGo(of path: String, _ isKept: Bool) throws(StrataError) -> Bool {
        var isSpare = false
        // What failed behind its first step is done again from there.
        if try maker.fileSystem.kind(of: path) != nil {
            let byteCount = try byteCount(of: path)
            isSpare = isKept && byteCount == configuration.segmentByteCount
            if isSpare {
                try maker.fileSystem.rename(path, to: path + LogFormat.spareSuffix)
            } else {
                try maker.fileSystem.remove(path)
            }
        }
        // One after the other: else a crash could leave segments with one missing between them. And a spare one must not
        // be written to while its old name may come back.
        try maker.fileSystem.synchronizeFolder(maker.folder)
        return isSpare
    }

    private func byteCount(of path: String) throws(StrataError) -> Int {
        Int(clamping: try maker.fileSystem.size(of: try maker.fileSystem.open(path, .read)))
    }

    /// Brings all to stable storage, cuts off the space that was not used, and accepts nothing more.
    func close() throws(StrataError) {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if isClosed { return }
            if isLeading {
                waitForLanding()
            } else if poison == nil, buffer.count > 0 || durableEnd < bufferStart {
                isLeading = true
                fly(synchronizes: true)
                lock.lock()
            } else {
                break
            }
        }
        isClosed = true
        defer { lockFile = nil }
        if let poison {
            // Who waited for a record knows already.
            if durableSequence.load(ordering: .relaxed) < lastSequence { throw poison }
            return
        }
        try maker.fileSystem.truncate(segment.file.file, to: UInt64(bufferStart))
        try maker.fileSystem.synchronize(segment.file.file)
    }
}
