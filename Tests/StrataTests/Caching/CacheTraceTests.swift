import Foundation
import Testing

@testable import Strata

/// `Tests/Golden/kjv-synset.u16` is the words of a Bible text that WordNet knows, as numbers of synsets in the order of
/// their first appearance: 463,125 requests for 5,954 keys. The hit ratios are those that independent simulators
/// (libCacheSim and others) agree on for caches of 1, 5 and 10 % of the keys.
@Suite struct CacheTraceTests {
    private struct Truth {
        var entries: Int
        var fifo: Double
        var lru: Double
        var sieve: Double
        var s3FIFO: Double
        var wTinyLFU: Double
    }

    private static let truths = [
        Truth(entries: 59, fifo: 0.4351, lru: 0.4781, sieve: 0.4992, s3FIFO: 0.5215, wTinyLFU: 0.5016),
        Truth(entries: 297, fifo: 0.7158, lru: 0.7640, sieve: 0.7891, s3FIFO: 0.7973, wTinyLFU: 0.7777),
        Truth(entries: 595, fifo: 0.8178, lru: 0.8577, sieve: 0.8741, s3FIFO: 0.8779, wTinyLFU: 0.8700),
    ]

    private static let trace: [UInt32] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Golden/kjv-synset.u16").standardizedFileURL
        let bytes = [UInt8]((try? Data(contentsOf: path)) ?? Data())
        return (0..<bytes.count / 2).map { UInt32(bytes[2 * $0]) | UInt32(bytes[2 * $0 + 1]) << 8 }
    }()

    /// One size by default: a size takes seconds without the optimiser.
    private var truths: [Truth] { longRun(0) == 0 ? [Self.truths[1]] : Self.truths }

    @Test func theTraceIsWhole() {
        #expect(Self.trace.count == 463_125)
        #expect(Set(Self.trace).count == 5_954)
    }

    @Test func fifoAndLRUAgreeWithTheSimulators() {
        for truth in truths {
            let fifo = CacheTraces.hitRatio(FIFOPolicy.self, Self.trace, entries: truth.entries)
            #expect(abs(fifo - truth.fifo) < 0.0005, "\(truth.entries) entries: \(fifo)")
            let lru = CacheTraces.hitRatio(LRUPolicy.self, Self.trace, entries: truth.entries)
            #expect(abs(lru - truth.lru) < 0.0005, "\(truth.entries) entries: \(lru)")
        }
    }

    @Test func theLRUCacheAgreesWithTheSimulators() {
        for truth in truths {
            var cache = LRUCache<UInt32, UInt32>(capacity: truth.entries)
            for key in Self.trace where cache.get(key) == nil { cache.put(key, key) }
            #expect(abs(cache.metrics.hitRatio! - truth.lru) < 0.0005)
        }
    }

    @Test func sieveAndS3FIFOAgreeWithTheSimulators() {
        for truth in truths {
            let sieve = CacheTraces.hitRatio(SievePolicy.self, Self.trace, entries: truth.entries)
            #expect(abs(sieve - truth.sieve) < 0.003, "\(truth.entries) entries: \(sieve)")
            let s3FIFO = CacheTraces.hitRatio(S3FIFOPolicy.self, Self.trace, entries: truth.entries)
            #expect(abs(s3FIFO - truth.s3FIFO) < 0.006, "\(truth.entries) entries: \(s3FIFO)")
        }
    }

    @Test func wTinyLFUIsNearTheSimulators() {
        for truth in truths {
            let wTinyLFU = CacheTraces.hitRatio(WTinyLFUPolicy.self, Self.trace, entries: truth.entries)
            #expect(wTinyLFU - truth.wTinyLFU > -0.015, "\(truth.entries) entries: \(wTinyLFU)")
        }
    }
}
