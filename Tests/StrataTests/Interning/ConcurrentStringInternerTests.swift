import Glibc
import Synchronization
import Testing

@testable import Strata

@Suite struct ConcurrentStringInternerTests {
    /// The n-th of the strings that threads intern: it says itself whether it is whole.
    static func text(_ number: Int) -> [UInt8] {
        let digits = Array(String(number, radix: 36).utf8)
        return Array((0..<1 + number % 7).map { _ in digits }.joined(separator: [0x2E]))
    }

    static func isWhole(_ text: Span<UInt8>, _ number: Int) -> Bool {
        let right = Self.text(number)
        guard text.count == right.count else { return false }
        for index in right.indices where text[index] != right[index] { return false }
        return true
    }

    /// Strings and ids that a thread was given, handed over when it has ended.
    private final class Given: @unchecked Sendable {
        var byThread: [[(number: Int, id: UInt32)]]
        init(_ threads: Int) { byThread = Array(repeating: [], count: threads) }
        let lock = PoolLock()
        func put(_ thread: Int, _ given: [(number: Int, id: UInt32)]) {
            lock.lock()
            byThread[thread] = given
            lock.unlock()
        }
    }

    @Test(arguments: [1, 2, 64], [1, 2] as [UInt64])
    func threadsAgreeOnEachString(shards: Int, seed: UInt64) throws {
        let interner = try ConcurrentStringInterner(capacity: 1, shards: shards)
        let threads = 4
        let steps = longRun(4_000)
        let given = Given(threads)
        onThreads(threads) { thread in
            var random = SplitMix64(seed: seed << 8 | UInt64(thread))
            var own: [(number: Int, id: UInt32)] = []
            while own.count < steps {
                let numbers = (0..<1 + random.below(200)).map { _ in random.below(random.chance(50) ? 100 : 2_000) }
                if random.chance(50) {
                    let ids =
                        (try? interner.intern(numbers.map { String(decoding: Self.text($0), as: UTF8.self) })) ?? []
                    own += zip(numbers, ids).map { (number: $0, id: $1.id) }
                } else {
                    for number in numbers {
                        if let id = try? interner.intern(utf8: Self.text(number).span) { own.append((number, id.id)) }
                    }
                }
            }
            given.put(thread, own)
        }
        let all = given.byThread.flatMap { $0 }
        var ids: [Int: UInt32] = [:]
        var torn = 0
        for (number, id) in all where ids.updateValue(id, forKey: number) ?? id != id { torn += 1 }
        #expect(torn == 0, "seed \(seed)")
        // Dense, each once.
        #expect(Set(ids.values) == Set(0..<UInt32(ids.count)), "seed \(seed)")
        for (number, id) in ids {
            let isWhole = Self.isWhole(interner.utf8(of: InternedString(id: id)), number)
            #expect(isWhole, "seed \(seed), string \(number)")
            #expect(try interner.lookup(utf8: Self.text(number).span)?.id == id)
        }
        let stats = interner.stats
        #expect(interner.count == ids.count)
        #expect(stats.uniqueStrings == ids.count)
        #expect(stats.references == all.count)
        #expect(stats.uniqueBytes == ids.keys.reduce(0) { $0 + Self.text($1).count })
        #expect(stats.referencedBytes == all.reduce(0) { $0 + Self.text($1.number).count })
    }

    @Test func readersBesideWritersSeeWholeStrings() throws {
        let interner = try ConcurrentStringInterner(capacity: 1, shards: 2)
        let strings = longRun(6_000)
        // The id of each string plus one, from when it was given.
        let ids = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: strings)
        for number in 0..<strings { (ids + number).initialize(to: Atomic(0)) }
        nonisolated(unsafe) let shared = ids
        let bound = Atomic<Int>(0)
        let wrong = Atomic<Int>(0)
        let looks = Atomic<Int>(0)
        withUnsafePointer(to: bound) { bound in
            withUnsafePointer(to: wrong) { wrong in
                withUnsafePointer(to: looks) { looks in
                    nonisolated(unsafe) let (bound, wrong, looks) = (bound, wrong, looks)
                    onThreads(4) { thread in
                        if thread < 2 {
                            // Both writers add the same strings, in the same order: they meet all the time.
                            for number in 0..<strings {
                                guard let id = try? interner.intern(utf8: Self.text(number).span) else {
                                    wrong.pointee.add(1, ordering: .relaxed)
                                    continue
                                }
                                // Relaxed: what makes the string whole for readers is the interner's own affair.
                                shared[number].store(id.id + 1, ordering: .relaxed)
                                bound.pointee.store(number + 1, ordering: .relaxed)
                            }
                            return
                        }
                        var random = SplitMix64(seed: UInt64(thread))
                        while bound.pointee.load(ordering: .relaxed) < strings {
                            let limit = bound.pointee.load(ordering: .relaxed)
                            guard limit > 0 else { continue }
                            // The newest strings, mostly.
                            let number = max(0, limit - 1 - random.below(random.chance(80) ? 4 : limit))
                            let id = shared[number].load(ordering: .relaxed)
                            guard id > 0 else { continue }
                            looks.pointee.add(1, ordering: .relaxed)
                            if !Self.isWhole(interner.utf8(of: InternedString(id: id - 1)), number) {
                                wrong.pointee.add(1, ordering: .relaxed)
                            }
                            let found = try? interner.lookup(utf8: Self.text(number).span)
                            if found?.id != id - 1 { wrong.pointee.add(1, ordering: .relaxed) }
                        }
                    }
                }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(interner.count == strings)
        ids.deallocate()
    }

    @Test func whatIsNotUTF8IsRefused() throws {
        let interner = try ConcurrentStringInterner()
        let bytes: [UInt8] = [0x61, 0xFF]
        #expect(failure { try interner.intern(utf8: bytes.span) }?.code == .invalidArgument)
        #expect(interner.count == 0)
        #expect(interner.stats.references == 0)
        #expect(try interner.intern("") == interner.intern(utf8: Span()))
        #expect(try interner.lookup("")?.id == 0)
        #expect(try interner.lookup("x") == nil)
    }

    @Test(arguments: [1, 3, 64, 100_000])
    func anyNumberOfShards(shards: Int) throws {
        let interner = try ConcurrentStringInterner(shards: shards)
        for number in 0..<500 { #expect(try interner.intern(utf8: Self.text(number).span).id == number) }
        #expect(interner.count == 500)
    }

    @Test func oneThreadAtATimeHoldsALock() throws {
        // The lock of a cell, as shards have it, and what it guards: plain memory.
        let lock = UnsafeMutablePointer<InternerLock>.allocate(capacity: 1)
        lock.initialize(to: InternerLock())
        let sum = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        sum.initialize(to: 0)
        nonisolated(unsafe) let (held, guarded) = (lock, sum)
        let rounds = longRun(4_000)
        onThreads(4) { _ in
            for round in 0..<rounds {
                held.pointee.lock()
                let before = guarded.pointee
                // Now and then long enough that the others stop looking, and come in between if they can.
                if round % 97 == 0 { usleep(20) }
                guarded.pointee = before + 1
                held.pointee.unlock()
            }
        }
        #expect(sum.pointee == 4 * rounds)
        lock.deallocate()
        sum.deallocate()
    }

    @Test func shardsKeepWhatReadersLoadApart() throws {
        let memory = InternerMemory(nil)
        let shards = try ConcurrentShards(64, logarithm: 5, memory)
        let words = (0..<64 as Range<UInt64>).map { UInt(bitPattern: shards[$0].published) / 128 }
        let cells = (0..<64 as Range<UInt64>).map { UInt(bitPattern: shards[$0].cell) / 128 }
        #expect(Set(words).count == 4)
        #expect(Set(cells).count == 64)
        #expect(Set(words).isDisjoint(with: cells))
        #expect(shards.byteCount == 64 * 8 + 64 * 128)
        shards.destroy(memory)
        #expect(memory.heldBytes == 0)
    }
}
