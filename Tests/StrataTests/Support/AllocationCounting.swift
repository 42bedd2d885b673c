import Foundation
import Glibc
import Testing

/// Counts what a test allocates, by the library that the harness preloads, in a process that runs one suite alone.
struct AllocationCounting {
    /// The suite that runs in the process of its own.
    let suite: String

    private typealias Read = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void

    /// Runs `body` in a process of its own: in this one, when it is that process already.
    func inProcessOfItsOwn(_ body: () throws -> Void) throws {
        let mark = "STRATA_COUNTS_\(suite)"
        if getenv(mark) != nil { return try body() }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        let library = folder.appendingPathComponent("libstrata-counting.so").path
        // Sanitizers bring a malloc that nothing may stand in front of.
        guard dlsym(nil, "__sanitizer_print_stack_trace") == nil else { return }
        try #require(FileManager.default.fileExists(atPath: library), "the counting library is built with the tests")
        let child = Process()
        child.executableURL = URL(fileURLWithPath: program)
        child.arguments = ["--testing-library", "swift-testing", "--filter", suite]
        child.environment = ProcessInfo.processInfo.environment.merging(["LD_PRELOAD": library, mark: "1"]) { $1 }
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
    func allocations(_ body: () throws -> Void) throws -> UInt64 {
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
}
