import BenchResults
import Foundation
import Testing

@testable import BenchDriver

/// The golden dump is callgrind 3.19's of a C program whose `work` calls, four times each, `leaf`, which allocates, and
/// a recursive `fib`.
@Suite("Callgrind's dumps")
struct CallgrindProfileTests {
    private func golden() throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: tests.appending(path: "Golden/callgrind.dump"), encoding: .utf8)
    }

    @Test("A dump's functions, calls and total are read; recursion levels are one function")
    func reading() throws {
        let profile = try CallgrindProfile(parsing: try golden(), source: "callgrind.dump")
        #expect(profile.requestName == "read")
        #expect(profile.total == 832)
        #expect(profile.functions.values.reduce(0) { $0 + $1.instructions } == 832)
        #expect(profile.functions["fib"]?.instructions == 50 + 9 + 6 + 162 + 12 + 8)
        #expect(profile.functions["fib"]?.calls == ["fib": 3 + 3 + 4 + 4])
        #expect(profile.functions["leaf"]?.calls == ["malloc": 4])
        #expect(profile.functions["leaf"]?.instructions == 12 + 4 + 8)
        #expect(profile.functions["work"]?.calls == ["leaf": 4, "free": 4, "fib": 4])
    }

    @Test("Rows add up to the phase, name who allocates, and put what is small together")
    func rows() throws {
        var profile = try CallgrindProfile(parsing: try golden(), source: "callgrind.dump")
        let rows = profile.rows(scenario: "s", phase: "read", arm: "baseline")
        #expect(rows.reduce(0) { $0 + $1.instructions } == 832)
        #expect(rows.filter { $0.allocations > 0 }.map(\.function) == ["leaf"])
        #expect(rows.first { $0.function == "leaf" }?.allocations == 4)
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.instructions >= $1.instructions })

        profile.functions["large"] = CallgrindProfile.Function(instructions: 1_000_000)
        profile.functions["small"] = CallgrindProfile.Function(instructions: 99)
        // What hands on to another allocation function is part of one allocation.
        profile.functions["swift_slowAlloc"] = CallgrindProfile.Function(instructions: 5, calls: ["malloc": 7])
        profile.functions["$sSi1poiyS2i_SitFZ"] = CallgrindProfile.Function(
            instructions: 1, calls: ["swift_slowAlloc": 7])
        profile.total = 1_000_937
        let more = profile.rows(scenario: "s", phase: "read", arm: "baseline")
        #expect(more.reduce(0) { $0 + $1.instructions } == 1_000_937)
        #expect(more.reduce(0) { $0 + $1.allocations } == 11)
        #expect(more.first?.function == "large")
        #expect(!more.contains { $0.function == "small" || $0.function == "swift_slowAlloc" })
        #expect(more.contains { $0.function == FunctionRow.others })
        #expect(more.contains { $0.function.hasPrefix("static Swift.Int.+") && $0.allocations == 7 })
    }

    @Test(
        "What is no dump, or does not add up, is refused with its place",
        arguments: [
            ("", "names no events"), ("events: Dr Dw\n", "counts no instructions"),
            ("events: Ir\n1 5\n", "outside of a function"), ("events: Ir\nfn=(1)\n", "was not given before"),
            ("events: Ir\nfn=(1) f\n1 x\n", "is no cost"), ("events: Ir\nfn=(1) f\ncalls=2 0\n", "names its caller"),
            ("events: Ir\nfn=(1) f\n1 5\ntotals: 6\n", "add up to 5"),
        ])
    func refusal(text: String, message: String) {
        let error = #expect(throws: DriverError.self) { try CallgrindProfile(parsing: text, source: "d") }
        #expect(error?.message.contains(message) == true && error?.message.hasPrefix("d:") == true)
    }
}

@Suite("Strace's log")
struct SystemCallLogTests {
    @Test("Calls between the marks of a phase count, those of all threads; marks, signals and resumptions do not")
    func counting() {
        let log = """
            100 execve("/x", ["x"], 0x0) = 0
            100 write(-1, "strata:begin:load", 17) = -1 EBADF (Bad file descriptor)
            100 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f
            101 futex(0x7f, FUTEX_WAIT, 0, NULL <unfinished ...>
            100 write(1, "strata:begin:other", 18) = 18
            101 <... futex resumed>) = 0
            100 --- SIGCHLD {si_signo=SIGCHLD} ---
            101 +++ exited with 0 +++
            100 write(-1, "strata:end:load", 15) = -1 EBADF (Bad file descriptor)
            100 brk(NULL) = 0x1
            100 write(-1, "strata:begin:get", 16) = -1 EBADF (Bad file descriptor)
            100 write(-1, "strata:end:get", 14) = -1 EBADF (Bad file descriptor)
            """
        #expect(
            SystemCallLog.calls(parsing: log)
                == ["load": ["mmap": 1, "futex": 1, "write": 1], "get": [:]])
        #expect(SystemCallLog.calls(parsing: "").isEmpty)
    }
}
