import BenchResults
import Testing

@Suite struct FoldedStacksTests {
    @Test func textIsSortedAndReadsBack() throws {
        var stacks = FoldedStacks()
        stacks.add(["load", "main", "Strata.f(a: Int) -> ()"], 2)
        stacks.add(["load", "main"], 1)
        stacks.add(["load", "main"], 3)
        stacks.add(["load", "gone"], 0)
        stacks.add([], 7)
        #expect(stacks.text == "load;main 4\nload;main;Strata.f(a: Int) -> () 2\n")
        #expect(stacks.total == 6)
        #expect(try FoldedStacks(parsing: stacks.text, path: "x") == stacks)
    }

    @Test func recursionCountsOnce() {
        var stacks = FoldedStacks()
        stacks.add(["a", "b", "a", "b"], 5)
        stacks.add(["a"], 2)
        #expect(
            stacks.functions == [.init(name: "b", own: 5, total: 5), .init(name: "a", own: 2, total: 7)])
    }

    @Test(arguments: ["a;b", "a;b x", " 3", "a -1", "a 1.5"])
    func whatIsNoStackIsNamedWithItsLine(_ line: String) {
        do {
            _ = try FoldedStacks(parsing: "ok 1\n\(line)\n", path: "cpu.folded")
            Issue.record("\(line) was read")
        } catch {
            #expect("\(error)".hasPrefix("cpu.folded:2: "), "\(error)")
        }
    }

    @Test func aFrameHoldsNoSeparator() {
        #expect(FoldedStacks.frame("a;b\nc d") == "a,b c d")
    }
}
