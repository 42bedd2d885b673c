import CStrata
import Testing

@Suite struct KernelTests {
    private func products(_ query: [Float], _ rows: [[Float]]) -> [Float] {
        var out = [Float](repeating: .nan, count: rows.count + 1)
        strata_dot_many(query, rows.flatMap { $0 }, rows.count, query.count, &out)
        #expect(out[rows.count].isNaN, "a result too many was written")
        return Array(out.prefix(rows.count))
    }

    /// Every length up to past two of the widest steps, and some long ones; large, small and vanishing numbers.
    @Test(arguments: [1, 1e-3, 1e15, 1e-15, 1e-21, 1e-23] as [Float])
    func staysWithinItsBound(scale: Float) {
        var random = SplitMix64(seed: 5)
        for dimensions in Array(1...70) + [96, 128, 300, 1_001] {
            let query = random.vector(dimensions, scale: scale)
            let rows = (0..<5).map { _ in random.vector(dimensions, scale: scale) }
            for (row, found) in zip(rows, products(query, rows)) {
                let bound =
                    Double(dimensions)
                    * (0x1p-23 * VectorModel.length(query) * VectorModel.length(row) + 0x1p-149)
                let error = abs(Double(found) - VectorModel.product(query, row))
                #expect(error <= bound, "\(dimensions) dimensions, scale \(scale)")
            }
        }
    }

    @Test func everyComponentCounts() {
        for dimensions in 1...70 {
            var rows: [[Float]] = []
            for place in 0..<dimensions {
                var row = [Float](repeating: 0, count: dimensions)
                row[place] = 1
                rows.append(row)
            }
            let query = (0..<dimensions).map { Float($0 + 1) }
            #expect(products(query, rows) == query, "\(dimensions) dimensions")
        }
    }

    @Test func nothingBeyondTheRowsIsRead() {
        // The numbers beside the row are not finite: one that was read would show.
        for dimensions in 1...70 {
            for offset in 0..<4 {
                var memory = [Float](repeating: .nan, count: dimensions + 16)
                for place in 0..<dimensions { memory[offset + place] = 1 }
                var out: Float = 0
                memory.withUnsafeBufferPointer {
                    strata_dot_many($0.baseAddress! + offset, $0.baseAddress! + offset, 1, dimensions, &out)
                }
                #expect(out == Float(dimensions))
            }
        }
    }

    @Test func theExactProductAddsInOrder() {
        var random = SplitMix64(seed: 6)
        for dimensions in 0...70 {
            let (left, right) = (random.vector(dimensions), random.vector(dimensions, scale: 1e10))
            #expect(strata_dot_exact(left, right, dimensions) == VectorModel.product(left, right))
        }
    }

    @Test func thePathHasAName() {
        #expect(["avx2+fma", "portable"].contains(String(cString: strata_vector_path())))
    }
}
