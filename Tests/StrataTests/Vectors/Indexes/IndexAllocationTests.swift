import Foundation
import Glibc
import Testing

@testable import Strata

/// A warm searcher takes no memory: counted by the library that the harness preloads, in a process of its own.
@Suite("Searches of an index allocate nothing")
struct IndexAllocationTests {
    /// Set in the process that counts.
    private static let mark = "STRATA_COUNTS_INDEX_ALLOCATIONS"

    private typealias Read = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void

    @Test func nothingIsAllocated() throws {
        if getenv(Self.mark) != nil { return try count() }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        let library = folder.appendingPathComponent("libstrata-counting.so").path
        // Sanitizers bring a malloc that nothing may stand in front of.
        guard dlsym(nil, "__sanitizer_print_stack_trace") == nil else { return }
        try #require(FileManager.default.fileExists(atPath: library), "the counting library is built with the tests")
        let child = Process()
        child.executableURL = URL(fileURLWithPath: program)
        child.arguments = ["--testing-library", "swift-testing", "--filter", "IndexAllocationTests"]
        child.environment = ProcessInfo.processInfo.environment.merging(
            ["LD_PRELOAD": library, Self.mark: "1"]
        ) { $1 }
        let output = Pipe()
        child.standardOutput = output
        child.standardError = output
        child.standardInput = FileHandle.nullDevice
        try child.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.waitUntilExit()
        #expect(child.terminationStatus == 0, "\(text)")
        #expect(text.contains("Test run with 1 test"), "\(text)")
    }

    /// The fewest allocations of several goes: other threads of the process may allocate in one.
    private func allocations(_ body: () throws -> Void) throws -> UInt64 {
        let symbol = try #require(dlsym(nil, "strata_counting_read"), "the library is preloaded")
        let read = unsafeBitCast(symbol, to: Read.self)
        var fewest = UInt64.max
        for _ in 0..<5 {
            let (before, after) = try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 8) { counts in
                read(counts.baseAddress!)
                try body()
                read(counts.baseAddress! + 4)
                return (counts[0], counts[4])
            }
            fewest = min(fewest, after - before)
        }
        return fewest
    }

    private func count() throws {
        var random = SplitMix64(seed: 1)
        let dimensions = 24
        let vectors = (0..<1_500).flatMap { _ in random.clustered(dimensions) }
        let ids = Array(0..<1_500 as Range<UInt32>)
        var graph = try HNSWIndex(
            HNSWParameters(dimensions: dimensions, metric: .cosine, links: 6, constructionBreadth: 30))
        try graph.insert(vectors.span, ids: ids.span)
        let bytes = try graph.section()
        let section = try HNSWSection(bytes.span.bytes)
        for id in 0..<150 as Range<UInt32> { try graph.remove(id) }
        var lists = try IVFIndex(
            IVFParameters(dimensions: dimensions, metric: .cosine, lists: 20), trainedOn: vectors.span)
        try lists.insert(vectors.span, ids: ids.span)
        var filter = IdentifierBitmap()
        for id in ids where id % 3 == 0 { try filter.insert(id) }
        var narrow = IdentifierBitmap()
        for id in ids where id % 300 == 0 { try narrow.insert(id) }
        var searcher = IndexSearcher()
        var sum: Float = 0
        func searches() throws {
            for query in 0..<50 {
                let query = vectors.span.extracting(query * dimensions..<(query + 1) * dimensions)
                for breadth in stride(from: 10, through: 60, by: 50) {
                    let asked = IndexQuery(limit: 10, breadth: breadth, prefersIndex: true)
                    try graph.search(query, asked, using: &searcher)
                    try section.search(query, asked, using: &searcher)
                    try lists.search(query, IndexQuery(limit: 10, breadth: 3), using: &searcher)
                    try graph.search(query, asked, where: filter, using: &searcher)
                    try section.search(query, IndexQuery(), where: narrow, using: &searcher)
                    try lists.search(query, IndexQuery(limit: 10, breadth: 3), where: filter, using: &searcher)
                    let matches = searcher.matches
                    for index in matches.indices { sum += matches[index].distance }
                }
            }
        }
        // A canary: what allocates is seen.
        var kept: [[UInt8]] = []
        #expect(try allocations { kept.append([UInt8](repeating: 1, count: 5_000)) } > 0)
        try searches()
        #expect(try allocations(searches) == 0)
        #expect(sum.isFinite)
    }
}
