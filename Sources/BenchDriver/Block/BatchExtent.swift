import BenchWorkload

extension UnsafeBufferPointer<Operation> {
    /// How many operations from `place` on go into one batch of a mixture of cheap and dear kinds: a dear one stands
    /// alone, and ends the batch before it.
    @inline(__always)
    func batchExtent(from place: Int) -> Int {
        let size = self[place].operationKind?.batchSize ?? 1
        var count = 1
        while count < size, place + count < self.count, self[place + count].operationKind?.batchSize ?? 1 > 1 {
            count += 1
        }
        return count
    }
}
