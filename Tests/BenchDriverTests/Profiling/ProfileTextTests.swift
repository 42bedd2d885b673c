import BenchResults
import Testing

@testable import BenchDriver

/// The texts are excerpts of what perf 6.1 and heaptrack 1.4 print.
@Suite struct ProfileTextTests {
    private let script = """
         4711   100.000000500: 
        \t    7f0a11 memcpy (/usr/lib/x86_64-linux-gnu/libc.so.6)
        \t    55aa01 BenchDriver.BlockWorker.run() (/tmp/a b/strata)
        \t    55aa00 __libc_start_call_main (/usr/lib/x86_64-linux-gnu/libc.so.6)

         4712   100.000001000: 
        \t    7f0a11 [unknown] (/usr/lib/x86_64-linux-gnu/libc.so.6)
        \t    55aa01 $s6Strata1fyyF (/tmp/a b/strata)
        \t    55aa00 BenchDriver.PhaseThread.run(leave:) (/tmp/a b/strata)
        \t    55aa00 BenchDriver.BlockWorker.run() (/tmp/a b/strata)

         4711   100.000003000: 
        \tffffffff81 clear_page_rep ([kernel.kallsyms])
        \t    7f0a11 [unknown] ([unknown])
        \t    55aa00 operator new(unsigned long) (/usr/lib/libstdc++.so.6)

         4711   100.000003100: 
        \t    55aa00 BenchDriver.PhaseThread.run(leave:) (/tmp/a b/strata)

         4711   100.000003200: 
        \t    55aa00 swift_retain (/tmp/a b/libswiftCore.so)
        \t    55aa00 _start (/tmp/a b/strata)

         4711   100.000004000: 

        """

    @Test func samplesBelongToTheirPhaseAndTheHarnessIsLeftOut() {
        let phases: [(name: String, begin: UInt64)] = [("load", 100_000_000_600), ("get;all", 100_000_002_000)]
        let read = PerfScript(parsing: script, phases: phases) { $0 == "$s6Strata1fyyF" ? "Strata.f()" : $0 }
        #expect(
            read.stacks.text == """
                get,all;(callers not known);operator new(unsigned long);[[unknown]];clear_page_rep 1
                get,all;BenchDriver.PhaseThread.run(leave:) 1
                load;Strata.f();[libc.so.6] 1

                """)
        #expect(read.unknown == 1 && read.harness == 2)
    }

    @Test func anEmptyScriptHasNoSamples() {
        #expect(PerfScript(parsing: "", phases: []).stacks.total == 0)
        #expect(PerfScript(parsing: "\n\nnot a sample\n  12 main (x)\n", phases: []).stacks.total == 0)
    }

    @Test func heaptracksStacksHaveSwiftNames() throws {
        let text =
            "main;BenchDriver.PhaseThread.run(leave:);$sSa6appendyyxnFSi_Tg5 (Array.swift);swift_allocObject;swift_slowAlloc; 3\nmain;make; 2\n"
        let stacks = try HeaptrackText.stacks(text, path: "x")
        #expect(stacks.text == "(set-up and harness);main;make 2\nSwift.Array.append(_:) 3\n")
        #expect(throws: DriverError.self) { try HeaptrackText.stacks("nothing", path: "x") }
    }

    @Test func massifsSnapshotsAreMoments() {
        let text = """
            desc: heaptrack
            cmd: strata
            time_unit: s
            #-----------
            snapshot=0
            #-----------
            time=0.5
            mem_heap_B=100
            mem_heap_extra_B=0
            mem_stacks_B=0
            heap_tree=empty
            #-----------
            snapshot=1
            #-----------
            time=1.25
            mem_heap_B=4000
            """
        #expect(
            HeaptrackText.timeline(text) == [
                HeapMoment(seconds: 0.5, bytes: 100), HeapMoment(seconds: 1.25, bytes: 4000),
            ])
    }
}
