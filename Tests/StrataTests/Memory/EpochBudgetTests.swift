import Synchronization
import Testing

@testable import Strata

@Suite struct EpochBudgetTests {
    @Test func whatWaitsForReadersStaysTaken() throws {
        let epochs = EpochManager()
        let budget = ArenaBudget(byteLimit: 1_000)
        let destroyed = Counter()
        var reader = try epochs.register()
        #expect(budget.take(700))
        reader.pin()
        epochs.retire(RetiredObject(address: 8, byteCount: 300) { _ in destroyed.add() }, takenFrom: budget)
        epochs.collect()
        #expect(budget.takenBytes == 700)
        #expect(budget.retiredBytes == 300)
        #expect(!budget.take(301))
        #expect(destroyed.count == 0)
        reader.unpin()
        epochs.collect()
        #expect(destroyed.count == 1)
        #expect(budget.takenBytes == 400)
        #expect(budget.retiredBytes == 0)
        #expect(budget.take(600))
    }

    @Test func withoutABudgetItIsRetiredAllTheSame() {
        let epochs = EpochManager()
        let destroyed = Counter()
        epochs.retire(RetiredObject(address: 8, byteCount: 300) { _ in destroyed.add() }, takenFrom: nil)
        #expect(epochs.retiredBytes == 300)
        epochs.collect()
        #expect(destroyed.count == 1)
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        var count: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }
}
