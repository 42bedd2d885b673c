import CStrata
import Testing

@testable import Strata

@Suite struct IndexDistanceTests {
    /// Every length of the last, partial vector, with and without full ones in front of it.
    @Test(arguments: Array(0...40) + [63, 64, 65, 100, 128, 300, 784])
    func kernelsAgreeWithDoublePrecision(dimensions: Int) {
        var random = SplitMix64(seed: UInt64(dimensions))
        let stride = dimensions + 3
        let rows = 9
        // Behind each row lies what must not be read into the sum.
        var matrix = [Float](repeating: .nan, count: rows * stride)
        for row in 0..<rows { for place in 0..<dimensions { matrix[row * stride + place] = random.unit() } }
        let query = (0..<dimensions).map { _ in random.unit() } + [Float.nan]
        let picked: [UInt32] = [3, 0, 8, 8, 1, 7, 2]
        for list in [picked, nil] {
            let count = list?.count ?? rows
            var squared = [Float](repeating: .nan, count: count + 1)
            var products = squared
            if let list {
                strata_index_squared_distances(query, matrix, stride * 4, list, count, dimensions, .infinity, &squared)
                strata_index_negative_products(query, matrix, stride * 4, list, count, dimensions, &products)
            } else {
                strata_index_squared_distances(query, matrix, stride * 4, nil, count, dimensions, .infinity, &squared)
                strata_index_negative_products(query, matrix, stride * 4, nil, count, dimensions, &products)
            }
            for index in 0..<count {
                let row = Int(list?[index] ?? UInt32(index))
                let values = Array(matrix[row * stride..<row * stride + dimensions])
                let given = Array(query.prefix(dimensions))
                let distance = IndexModel.distance(.squaredEuclidean, given, values)
                let product = IndexModel.distance(.innerProduct, given, values)
                #expect(abs(Double(squared[index]) - distance) <= Double(dimensions + 2) * 0x1p-23 * distance)
                #expect(abs(Double(products[index]) - product) <= Double(dimensions + 1) * 0x1p-23 * Double(dimensions))
            }
            #expect(squared[count].isNaN)
            #expect(products[count].isNaN)
        }
    }

    /// A distance below the bound is exact to the bit; of the others only that they are not below it is promised.
    @Test(arguments: [31, 200, 224, 384, 400, 784, 1_000])
    func boundsKeepWhatIsBelowThem(dimensions: Int) {
        var random = SplitMix64(seed: UInt64(dimensions))
        let matrix = (0..<40 * dimensions).map { _ in random.unit() }
        let query = (0..<dimensions).map { _ in random.unit() }
        let rows = (0..<40 as Range<UInt32>).map { $0 }
        var free = [Float](repeating: 0, count: 40)
        strata_index_squared_distances(query, matrix, dimensions * 4, rows, 40, dimensions, .infinity, &free)
        for bound in [0, free.min()!, free.sorted()[20], free.max()!, .nan] as [Float] {
            var bounded = [Float](repeating: 0, count: 40)
            strata_index_squared_distances(query, matrix, dimensions * 4, rows, 40, dimensions, bound, &bounded)
            for (found, exact) in zip(bounded, free) {
                if exact < bound || bound.isNaN { #expect(found == exact) } else { #expect(found >= bound) }
            }
        }
    }
}
