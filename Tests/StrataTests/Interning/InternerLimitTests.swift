import Glibc
import Testing

@testable import Strata

@Suite struct InternerLimitTests {
    private func budget(_ bytes: Int) -> MemoryBudget {
        MemoryBudget(limits: MemoryLimits(soft: bytes, hard: bytes))
    }

    @Test(arguments: [20 << 10, 60 << 10, 200 << 10, 1 << 20])
    func aFullBudgetRefusesAndChangesNothing(bytes: Int) throws {
        let budget = budget(bytes)
        do {
            guard var interner = try? StringInterner(capacity: 1, budget: budget) else {
                #expect(bytes < 1 << 10)
                return
            }
            var count = 0
            var refusal: StrataError?
            while refusal == nil, count < 100_000 {
                do throws(StrataError) {
                    _ = try interner.intern("a string with the number \(count)")
                    count += 1
                } catch {
                    refusal = error
                }
            }
            #expect(refusal?.code == .limitExceeded)
            let stats = interner.stats
            #expect(stats.uniqueStrings == count)
            #expect(stats.references == count)
            #expect(stats.totalBytes == budget.usedBytes)
            #expect(budget.usedBytes <= bytes)
            #expect(failure { try interner.intern(String(repeating: "x", count: bytes)) }?.code == .limitExceeded)
            let after = interner.stats
            #expect(after == stats)
            for number in stride(from: 0, to: count, by: 7) {
                #expect(interner.lookup("a string with the number \(number)")?.id == UInt32(number))
            }
        }
        #expect(budget.usedBytes == 0)
    }

    @Test func everythingIsGivenBack() throws {
        let budget = budget(64 << 20)
        do {
            let interner = try ConcurrentStringInterner(budget: budget)
            for number in 0..<20_000 { _ = try interner.intern("\(number)") }
            _ = try interner.intern(String(repeating: "long", count: 5_000))
            let frozen = try interner.freeze()
            #expect(frozen.lookup("19999")?.id == 19_999)
            #expect(budget.usedBytes > 20_000 * 20)
        }
        #expect(budget.usedBytes == 0)
        do {
            var interner = try StringInterner(budget: budget)
            for number in 0..<20_000 { _ = try interner.intern("\(number)") }
            let held = interner.stats.totalBytes
            #expect(budget.usedBytes == held)
            let frozen = try interner.freeze()
            let frozenBytes = frozen.stats.totalBytes
            #expect(budget.usedBytes == frozenBytes)
            #expect(frozenBytes < held)
        }
        #expect(budget.usedBytes == 0)
    }

    @Test func statisticsStopAtTheEndsOfTheirRange() {
        var stats = InternerStats(
            uniqueStrings: 1, references: .max, uniqueBytes: 1, referencedBytes: 0, totalBytes: .max)
        #expect(stats.internedBytes == .max)
        #expect(stats.savedBytes == -.max)
        #expect(stats.savedShare == nil)
        #expect(stats.compressionRatio == nil)
        stats.references = .max / 4
        #expect(stats.internedBytes == .max)
        stats = InternerStats(
            uniqueStrings: 4, references: 25, uniqueBytes: 10, referencedBytes: 1_000, totalBytes: 400)
        #expect(stats.internedBytes == 500)
        #expect(stats.savedBytes == 500)
        #expect(stats.savedShare == 0.5)
        #expect(stats.compressionRatio == 2)
        #expect(stats.bytesPerString == 100)
        stats.uniqueStrings = 0
        #expect(stats.bytesPerString == nil)
    }

    @Test func wordsKeepTheirAddressesAndNumbersEnd() throws {
        let memory = InternerMemory(nil)
        let words = try WordSpace<4>(memory)
        var addresses: [(UInt32, UnsafeMutablePointer<UInt32>)] = []
        var random = SplitMix64(seed: 1)
        // Directories of 32, 64, 128, ... pages.
        for _ in 0..<400 {
            let size = 4 + random.below(200)
            let block = try #require(try words.addBlock(byteCount: size, isZeroed: true, memory))
            #expect(block.count == size / 4)
            #expect(block.first % 16 == 0)
            #expect(words.hasPage(block.first + UInt32(block.count) - 1))
            #expect(!words.hasPage((block.first + UInt32(block.count) + 15) / 16 * 16))
            for number in Set([block.first, block.first + UInt32(block.count) - 1]) {
                let address = words.address(number)
                #expect(address.pointee == 0)
                address.pointee = number + 1
                addresses.append((number, address))
            }
            // Within a block addresses follow each other.
            #expect(
                words.address(block.first + UInt32(block.count) - 1) - words.address(block.first) == block.count - 1)
        }
        for (number, address) in addresses {
            #expect(words.address(number) == address)
            #expect(address.pointee == number + 1)
        }
        #expect(words.heldBytes == memory.heldBytes)
        words.destroy(memory)
        #expect(memory.heldBytes == 0)

        // Four pages, each of which a small block takes one of.
        let few = try WordSpace<30>(memory)
        for page in 0..<4 as Range<UInt32> {
            #expect(try few.addBlock(byteCount: 64, isZeroed: false, memory)?.first == page << 30)
        }
        #expect(try few.addBlock(byteCount: 64, isZeroed: false, memory) == nil)
        few.destroy(memory)
        #expect(memory.heldBytes == 0)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func tablesOfShardsShareHugePages(seed: UInt64) throws {
        let budget = budget(64 << 20)
        let memory = InternerMemory(budget, isShared: true)
        var random = SplitMix64(seed: seed)
        var tables: [(memory: UnsafeMutableRawPointer, byteCount: Int, mark: UInt8)] = []
        for step in 0..<400 {
            if random.chance(60) || tables.isEmpty {
                let byteCount = 1 << (12 + random.below(11))
                guard let table = try? memory.allocateTable(byteCount) else {
                    #expect(budget.usedBytes > 56 << 20, "seed \(seed), step \(step)")
                    continue
                }
                let bytes = UnsafeRawBufferPointer(start: table, count: byteCount)
                #expect(bytes.first == 0 && bytes[byteCount / 2] == 0 && bytes.last == 0)
                if InternerTableSlots.sizes.contains(byteCount) {
                    #expect(UInt(bitPattern: table) % UInt(byteCount) == 0)
                }
                let mark = UInt8(1 + step % 255)
                memset(table, Int32(mark), byteCount)
                tables.append((table, byteCount, mark))
            } else {
                let table = tables.remove(at: random.below(tables.count))
                // Nobody else has written to it.
                let bytes = UnsafeRawBufferPointer(start: table.memory, count: table.byteCount)
                #expect(bytes.first == table.mark && bytes.last == table.mark, "seed \(seed), step \(step)")
                memory.releaseTable(table.memory, table.byteCount)
            }
            #expect(memory.heldBytes == budget.usedBytes)
            #expect(memory.heldBytes >= tables.reduce(0) { $0 + $1.byteCount })
        }
        for table in tables { memory.releaseTable(table.memory, table.byteCount) }
        #expect(memory.heldBytes == 0)
    }
}
