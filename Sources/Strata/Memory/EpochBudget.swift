extension EpochManager {
    /// Takes over an object whose bytes were taken from a budget. They stay taken until the object is destroyed: what
    /// waits for readers is memory like any other.
    ///
    /// - Parameter budget: where the bytes came from; nil when they came from none.
    func retire(_ object: RetiredObject, takenFrom budget: ArenaBudget?) {
        guard let budget else { return retire(object) }
        budget.noteRetired(object.byteCount)
        retire(
            RetiredObject(address: object.address, byteCount: object.byteCount) { address in
                object.destroy(address)
                budget.noteRetired(-object.byteCount)
                budget.give(object.byteCount)
            })
    }
}
