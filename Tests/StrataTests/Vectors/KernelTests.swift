import CStrata
import Testing

/// Every kind of kernel that this processor runs, against sums in double precision and whole numbers.
@Suite struct KernelTests {
    typealias Kernels = UnsafePointer<strata_vector_kernels>

    /// The numbers of the kinds that can be tried here.
    static let levels = (0..<STRATA_VECTOR_LEVELS.rawValue).filter {
        strata_vector_kernels_of(strata_vector_level(rawValue: $0)) != nil
    }

    private func kernels(_ level: UInt32) -> strata_vector_kernels {
        strata_vector_kernels_of(strata_vector_level(rawValue: level))!.pointee
    }

    /// Lengths past two of the widest steps, and some long ones.
    static let lengths = Array(1...34) + [47, 48, 49, 63, 64, 65, 70, 96, 127, 128, 129, 191, 1_001]

    /// What a kernel gives for rows that stand `stride` apart, with numbers between them that would show.
    private func run<Element>(
        _ rows: [[Element]], stride: Int, gap: Element,
        _ body: (UnsafePointer<Element>, UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
        var memory = [Element](repeating: gap, count: rows.count * stride + 64)
        for (index, row) in rows.enumerated() {
            for (place, value) in row.enumerated() { memory[index * stride + place + 1] = value }
        }
        var out = [Float](repeating: -7, count: rows.count + 1)
        memory.withUnsafeBufferPointer { memory in
            out.withUnsafeMutableBufferPointer { body(memory.baseAddress! + 1, $0.baseAddress!) }
        }
        #expect(out[rows.count] == -7, "a result too many was written")
        return Array(out.prefix(rows.count))
    }

    private static func squaredDistance(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    }

    /// Large, small and vanishing numbers; one to nine rows, so that those left over from groups of four are tried.
    @Test(arguments: levels, [1, 1e-3, 1e15, 1e-15, 1e-21, 1e-23] as [Float])
    func floatsStayWithinTheBound(level: UInt32, scale: Float) {
        let kernels = kernels(level)
        var random = SplitMix64(seed: 5)
        for dimensions in scale == 1 ? Self.lengths : Self.lengths.filter({ $0 % 9 == 0 }) {
            let query = random.vector(dimensions, scale: scale)
            let rows = (0..<1 + random.below(9)).map { _ in random.vector(dimensions, scale: scale) }
            let stride = dimensions + random.below(3)
            let dots = run(rows, stride: stride, gap: .nan) {
                kernels.dot_f32(query, $0, stride, rows.count, dimensions, $1)
            }
            let gaps = run(rows, stride: stride, gap: .nan) {
                kernels.l2_f32(query, $0, stride, rows.count, dimensions, $1)
            }
            var squares = [Float](repeating: .nan, count: rows.count)
            let cosineDots = run(rows, stride: stride, gap: .nan) {
                kernels.cosine_f32(query, $0, stride, rows.count, dimensions, $1, &squares)
            }
            for (index, row) in rows.enumerated() {
                let exact = VectorModel.product(query, row)
                let bound =
                    Double(dimensions) * (0x1p-23 * VectorModel.length(query) * VectorModel.length(row) + 0x1p-149)
                #expect(abs(Double(dots[index]) - exact) <= bound, "\(dimensions) dimensions, row \(index)")
                #expect(abs(Double(cosineDots[index]) - exact) <= bound, "\(dimensions) dimensions, row \(index)")
                for (found, exact) in [
                    (gaps[index], Self.squaredDistance(query, row)), (squares[index], VectorModel.product(row, row)),
                ] {
                    let bound = Double(dimensions + 2) * (0x1p-23 * exact + 0x1p-149)
                    #expect(abs(Double(found) - exact) <= bound, "\(dimensions) dimensions, row \(index)")
                }
            }
        }
    }

    @Test(arguments: levels)
    func halfFloatsStayWithinTheBound(level: UInt32) {
        let kernels = kernels(level)
        var random = SplitMix64(seed: 15)
        for dimensions in Self.lengths {
            let query = random.vector(dimensions)
            let rows = (0..<1 + random.below(9)).map { _ in
                // Numbers of every size that 16 bits hold, the subnormal ones included.
                (0..<dimensions).map { _ in Float16(random.unit() * [1, 1e-4, 1e-7, 1_000][random.below(4)]) }
            }
            let stride = dimensions + random.below(3)
            let bits = rows.map { $0.map(\.bitPattern) }
            let nan = Float16.nan.bitPattern
            let dots = run(bits, stride: stride, gap: nan) {
                kernels.dot_f16(query, $0, stride, rows.count, dimensions, $1)
            }
            let gaps = run(bits, stride: stride, gap: nan) {
                kernels.l2_f16(query, $0, stride, rows.count, dimensions, $1)
            }
            var squares = [Float](repeating: .nan, count: rows.count)
            let cosineDots = run(bits, stride: stride, gap: nan) {
                kernels.cosine_f16(query, $0, stride, rows.count, dimensions, $1, &squares)
            }
            for index in rows.indices {
                let row = rows[index].map { Float($0) }
                let exact = VectorModel.product(query, row)
                let bound = Double(dimensions) * 0x1p-23 * VectorModel.length(query) * VectorModel.length(row)
                #expect(abs(Double(dots[index]) - exact) <= bound, "\(dimensions) dimensions")
                #expect(abs(Double(cosineDots[index]) - exact) <= bound, "\(dimensions) dimensions")
                let distance = Self.squaredDistance(query, row)
                let factor = Double(dimensions + 2) * 0x1p-23
                #expect(abs(Double(gaps[index]) - distance) <= factor * distance, "\(dimensions) dimensions")
                let square = VectorModel.product(row, row)
                #expect(abs(Double(squares[index]) - square) <= factor * square + 0x1p-149, "\(dimensions) dimensions")
            }
        }
    }

    @Test(arguments: levels)
    func bytesAreExact(level: UInt32) {
        let kernels = kernels(level)
        var random = SplitMix64(seed: 25)
        for dimensions in Self.lengths + [65_536] {
            // The ends of the range are the ones that a narrow sum would not hold.
            let kinds: [() -> Int8] = [
                { Int8(truncatingIfNeeded: random.below(256)) }, { [-128, 127][random.below(2)] }, { -128 },
            ]
            // The longest only where its sums are the largest.
            for kind in dimensions > 2_000 ? Array(kinds.suffix(1)) : kinds {
                let query = (0..<dimensions).map { _ in kind() }
                let rows = (0..<1 + random.below(dimensions > 2_000 ? 1 : 9)).map { _ in
                    random.chance(20)
                        ? [Int8](repeating: 127, count: dimensions) : (0..<dimensions).map { _ in kind() }
                }
                let stride = dimensions + 3
                var memory = [Int8](repeating: 99, count: rows.count * stride + 1)
                for (index, row) in rows.enumerated() {
                    for (place, value) in row.enumerated() { memory[1 + index * stride + place] = value }
                }
                var dots = [Int32](repeating: 0, count: rows.count)
                var again = dots
                var squares = dots
                var gaps = [UInt32](repeating: 0, count: rows.count)
                memory.withUnsafeBufferPointer {
                    let base = $0.baseAddress! + 1
                    kernels.dot_i8(query, base, stride, rows.count, dimensions, &dots)
                    kernels.l2_i8(query, base, stride, rows.count, dimensions, &gaps)
                    kernels.cosine_i8(query, base, stride, rows.count, dimensions, &again, &squares)
                }
                for (index, row) in rows.enumerated() {
                    var (dot, gap, square) = (0, 0, 0)
                    for place in 0..<dimensions {
                        let (a, b) = (Int(query[place]), Int(row[place]))
                        dot += a * b
                        gap += (a - b) * (a - b)
                        square += b * b
                    }
                    #expect(Int(dots[index]) == dot, "\(dimensions) dimensions, row \(index)")
                    #expect(Int(gaps[index]) == gap, "\(dimensions) dimensions, row \(index)")
                    #expect(Int(again[index]) == dot, "\(dimensions) dimensions, row \(index)")
                    #expect(Int(squares[index]) == square, "\(dimensions) dimensions, row \(index)")
                }
            }
        }
    }

    /// Panels of one and of two vectors, every number of queries and of rows around their widths.
    @Test(arguments: levels)
    func panelsStayWithinTheBound(level: UInt32) {
        let kernels = kernels(level)
        var random = SplitMix64(seed: 35)
        for dimensions in [1, 2, 3, 17, 64, 100] {
            for vectors in [1, 2] {
                let width = vectors * kernels.lanes
                for count in [1, 3, 11, 12, 13, 29] {
                    let queries = (0..<1 + random.below(width)).map { _ in random.vector(dimensions) }
                    let rows = (0..<count).map { _ in random.vector(dimensions) }
                    let stride = dimensions + random.below(3)
                    var memory = [Float](repeating: .nan, count: count * stride)
                    for (index, row) in rows.enumerated() {
                        for (place, value) in row.enumerated() { memory[index * stride + place] = value }
                    }
                    var packed = [Float](repeating: .nan, count: width * dimensions)
                    strata_pack_queries(
                        queries.flatMap { $0 }, dimensions, queries.count, dimensions, vectors, kernels.lanes, &packed)
                    let pitch = width + 1
                    for (isDistance, panel) in [(false, kernels.panel_dot_f32), (true, kernels.panel_l2_f32)] {
                        var out = [Float](repeating: -7, count: count * pitch)
                        panel(packed, vectors, memory, stride, count, dimensions, &out, pitch)
                        for (index, row) in rows.enumerated() {
                            #expect(out[index * pitch + width] == -7, "a result too many was written")
                            for (place, query) in queries.enumerated() {
                                let found = Double(out[index * pitch + place])
                                let exact =
                                    isDistance ? Self.squaredDistance(query, row) : VectorModel.product(query, row)
                                let bound =
                                    isDistance
                                    ? Double(dimensions + 2) * (0x1p-23 * exact + 0x1p-149)
                                    : Double(dimensions) * 0x1p-23 * VectorModel.length(query)
                                        * VectorModel.length(row)
                                #expect(abs(found - exact) <= bound, "\(dimensions) dimensions, \(vectors) vectors")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: levels)
    func everyComponentCounts(level: UInt32) {
        let kernels = kernels(level)
        for dimensions in 1...70 {
            var rows: [Float] = []
            for place in 0..<dimensions { rows += (0..<dimensions).map { $0 == place ? 1 : 0 } }
            let query = (0..<dimensions).map { Float($0 + 1) }
            var out = [Float](repeating: .nan, count: dimensions)
            kernels.dot_f32(query, rows, dimensions, dimensions, dimensions, &out)
            #expect(out == query, "\(dimensions) dimensions")
        }
    }

    /// All 65,536 half floats, and those next to the midpoints between them.
    @Test(arguments: levels)
    func halfFloatsAreConvertedExactly(level: UInt32) {
        let kernels = kernels(level)
        let halves = (0...UInt16.max).map { $0 }
        var floats = [Float](repeating: -7, count: halves.count)
        kernels.widen_f16(halves, halves.count, &floats)
        var wrong = 0
        for (half, float) in zip(halves, floats) {
            let expected = Float(Float16(bitPattern: half))
            if expected.isNaN ? !float.isNaN : float.bitPattern != expected.bitPattern { wrong += 1 }
        }
        #expect(wrong == 0, "of 65,536")
        var cases: [Float] = [65_519.996, 65_520, 65_536, 1e30, .infinity, 0x1p-25, 0x1.000002p-25, 1e-30, 0, .nan]
        for half in stride(from: UInt16(0), to: 0x7C00, by: 7) {
            let value = Float(Float16(bitPattern: half))
            let next = Float(Float16(bitPattern: half + 1))
            let middle = next.isInfinite ? 65_520 : (value + next) / 2
            cases += [value, middle, middle.nextUp, middle.nextDown]
        }
        cases += cases.map { -$0 }
        var found = [UInt16](repeating: 0, count: cases.count)
        kernels.narrow_f16(cases, cases.count, &found)
        wrong = 0
        for (value, half) in zip(cases, found) {
            let expected = Float16(value)
            if value.isNaN ? !Float16(bitPattern: half).isNaN : half != expected.bitPattern { wrong += 1 }
        }
        #expect(wrong == 0, "of \(cases.count)")
    }

    @Test(arguments: levels, [1, 2] as [UInt64])
    func whatIsNotBelowTheFloorIsCollected(level: UInt32, seed: UInt64) {
        let kernels = kernels(level)
        var random = SplitMix64(seed: seed)
        for count in Array(0...70) + [1_000] {
            for sign in [1, -1] as [Float] {
                for floor in [0.5, -2, 2, -.infinity, .infinity] as [Float] {
                    let values = (0..<count).map { _ in
                        random.chance(10)
                            ? [.nan, .infinity, -.infinity, floor * sign][random.below(4)] : random.unit()
                    }
                    var places = [UInt32](repeating: 77, count: count + 1)
                    let found = kernels.collect(values, count, sign, floor, &places)
                    let expected = (0..<count).filter { !(values[$0] * sign < floor) }.map { UInt32($0) }
                    #expect(Array(places.prefix(found)) == expected, "seed \(seed), \(count) values, floor \(floor)")
                    #expect(places[count] == 77)
                }
            }
            let width = kernels.lanes * (1 + random.below(3))
            let floors = (0..<width).map { _ in random.chance(20) ? .infinity : random.unit() }
            let values = (0..<count * width).map { _ in random.chance(5) ? .nan : random.unit() }
            var places = [UInt32](repeating: 77, count: count * width + 1)
            let found = kernels.collect_panel(values, count, width, -1, floors, &places)
            let expected = values.indices.filter { !(-values[$0] < floors[$0 % width]) }.map { UInt32($0) }
            #expect(Array(places.prefix(found)) == expected, "seed \(seed), \(count) rows of \(width)")
        }
    }

    @Test(arguments: levels)
    func scoresAreFinishedAsWritten(level: UInt32) {
        let kernels = kernels(level)
        var random = SplitMix64(seed: 45)
        for count in [0, 1, 7, 16, 33, 100] {
            let codes = (0..<count).map { _ in Int32(random.below(1 << 20) - 1 << 19) }
            let scales = random.vector(count)
            let squares = (0..<count).map { random.chance(10) ? [0, 0x1p-81, .nan][$0 % 3] : abs(random.unit()) + 0.1 }
            for withSquares in [true, false] {
                var out = [Float](repeating: -7, count: count + 1)
                kernels.scale_i8(codes, scales, withSquares ? squares : nil, count, 0.25, -1, &out)
                for index in 0..<count {
                    let product = 0.25 * Double(scales[index]) * Double(codes[index])
                    let expected = withSquares ? product - Double(squares[index]) : product
                    let size = abs(product) + (withSquares ? Double(squares[index]) : 0)
                    let isRight =
                        expected.isNaN ? out[index].isNaN : abs(Double(out[index]) - expected) <= 0x1p-22 * size
                    #expect(isRight, "\(index) of \(count)")
                }
                #expect(out[count] == -7)
            }
            for width in [1, 4, 16] {
                let dots = random.vector(count * width)
                var out = dots + [-7]
                kernels.cosine_scores(&out, width, squares, count)
                for index in 0..<count * width {
                    let square = squares[index / width]
                    if square >= 0x1p-80 {
                        #expect(abs(out[index] - dots[index] / square.squareRoot()) <= 0x1p-22 * abs(out[index]))
                    } else {
                        #expect(out[index] == .infinity)
                    }
                }
                #expect(out[count * width] == -7)
            }
            let parts = 1 + random.below(40)
            let tables = random.vector(parts * 256)
            let bytes = (0..<parts * count).map { _ in UInt8(random.below(256)) }
            var sums = [Float](repeating: -7, count: count + 1)
            kernels.lookup(tables, bytes, parts, count, &sums)
            for row in 0..<count {
                let exact = (0..<parts).reduce(0.0) { $0 + Double(tables[$1 * 256 + Int(bytes[row * parts + $1])]) }
                #expect(abs(Double(sums[row]) - exact) <= Double(parts * parts) * 0x1p-23, "\(parts) parts")
            }
            #expect(sums[count] == -7)
        }
    }

    @Test func theExactFormsAddInOrder() {
        var random = SplitMix64(seed: 6)
        for dimensions in 0...70 {
            let (left, right) = (random.vector(dimensions), random.vector(dimensions, scale: 1e10))
            #expect(strata_dot_exact(left, right, dimensions) == VectorModel.product(left, right))
            #expect(strata_l2_exact(left, right, dimensions) == Self.squaredDistance(left, right))
            var many: Float = 0
            strata_dot_many(left, right, 1, dimensions, &many)
            let bound = Double(dimensions) * 0x1p-23 * VectorModel.length(left) * VectorModel.length(right)
            #expect(abs(Double(many) - strata_dot_exact(left, right, dimensions)) <= bound)
        }
    }

    @Test func theBestKindIsChosen() {
        let names = Self.levels.map { String(cString: kernels($0).name) }
        #expect(String(cString: strata_vector_path()) == names.last)
        #expect(names.first == "scalar")
        // Eight queries fill a shorter vector.
        for queries in [1, 8, 9, 64] {
            let lanes = strata_panel_kernels(queries).pointee.lanes
            #expect(queries > 8 ? lanes == strata_vector_kernels().pointee.lanes : lanes <= 8)
        }
    }
}
