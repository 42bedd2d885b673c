import BenchResults
import Testing

@Suite("What changed, function by function")
struct FunctionDifferenceTests {
    private func row(_ phase: String, _ function: String, _ instructions: Int, _ allocations: Int = 0) -> FunctionRow {
        FunctionRow(
            scenario: "s", phase: phase, arm: "a", function: function, instructions: instructions,
            allocations: allocations)
    }

    @Test("Changes are ranked by their size whichever way they go, phase by phase")
    func ranking() {
        let before = [row("load", "f", 100), row("load", "g", 50), row("load", "h", 850), row("get", "f", 10)]
        let after = [row("load", "f", 130), row("load", "h", 849), row("load", "new", 7), row("get", "f", 10)]
        let found = FunctionDifference.largest(before: before, after: after, by: .instructions)
        #expect(found.map(\.function) == ["g", "f", "new", "h"])
        #expect(found.map(\.instructionChange) == [-50, 30, 7, -1])
        #expect(found.map(\.shareOfPhase) == [-0.05, 0.03, 0.007, -0.001])
        #expect(found.allSatisfy { $0.phase == "load" && $0.scenario == "s" })
        #expect(FunctionDifference.largest(before: before, after: after, by: .instructions, limit: 2).count == 2)
        #expect(FunctionDifference.largest(before: before, after: after, by: .allocations).isEmpty)
    }

    @Test("Allocations are ranked by themselves; rows of one function are added up")
    func allocations() {
        let before = [row("load", "f", 9, 1), row("load", "f", 1, 2), row("load", "g", 5, 4)]
        let after = [row("load", "f", 10, 9), row("load", "g", 900, 3)]
        let found = FunctionDifference.largest(before: before, after: after, by: .allocations)
        #expect(found.map(\.function) == ["f", "g"])
        #expect(found.map(\.allocationChange) == [6, -1])
        #expect(found.map(\.instructionChange) == [0, 895])
    }

    @Test("A phase that had nothing has no share")
    func nothing() {
        let found = FunctionDifference.largest(before: [], after: [row("load", "f", 5)], by: .instructions)
        #expect(found.map(\.shareOfPhase) == [nil])
        #expect(FunctionDifference.largest(before: [], after: [], by: .instructions).isEmpty)
    }
}
