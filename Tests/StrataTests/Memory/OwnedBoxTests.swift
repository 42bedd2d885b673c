import Strata
import Testing

@Suite struct OwnedBoxTests {
    private final class Witness {
        var released = 0
    }

    private struct Value: ~Copyable {
        let witness: Witness
        var number = 0
        deinit { witness.released += 1 }
    }

    @Test func ownsItsValueOnceAndChangesItInPlace() {
        let witness = Witness()
        do {
            let box = OwnedBox(Value(witness: witness))
            box.value.number = 5
            box.value.number += 1
            let number = box.value.number
            #expect(number == 6)
            #expect(witness.released == 0)
        }
        #expect(witness.released == 1)
    }
}
