import CStrata

extension ExactSearcher {
    /// Offers every row of the blocks to the candidates of the queries from number `first` on.
    mutating func scan(
        _ queries: UnsafePointer<Float>, _ first: Int, _ count: Int, _ blocks: [RowBlock], _ filter: some RowFilter,
        owner: (UInt32) -> UInt32?
    ) {
        if count == 1 {
            Self.forEachRun(blocks, filter, limit: Self.blockRows) { block, start, rows in
                let found = score(queries, block, start, rows, floor: bound(first))
                for index in 0..<found {
                    let place = Int(places.base[index])
                    offer(scores.base[place], block.firstRow + UInt32(start + place), to: first, filter, owner)
                }
            }
        } else {
            scanPanels(queries, first, count, blocks, filter, owner: owner)
        }
    }

    /// Scores rows of a block for one query, and lists the places of those that are not below the floor.
    mutating func score(
        _ query: UnsafePointer<Float>, _ block: RowBlock, _ start: Int, _ count: Int, floor: Float
    ) -> Int {
        block.score(
            kernels, metric, query: query, from: start, count: count, dimensions: dimensions, into: scores.base,
            squares: squares.base)
        return kernels.pointee.collect(scores.base, count, metric.sign, floor, places.base)
    }

    /// The lowest score in single precision that the candidates of a query still take.
    @inline(__always)
    private func bound(_ query: Int) -> Float {
        candidates[query].heap.count < candidates[query].capacity
            ? -.infinity : Float(candidates[query].threshold).nextUp
    }

    @inline(__always)
    private mutating func offer(
        _ score: Float, _ row: UInt32, to query: Int, _ filter: some RowFilter, _ owner: (UInt32) -> UInt32?
    ) {
        let signed = score.isNaN ? -.infinity : Double(score * metric.sign)
        guard signed > candidates[query].threshold || candidates[query].threshold == -.infinity,
            filter.contains(row), owner(row) != nil
        else { return }
        candidates[query].offer(ScoredRow(row: row, score: signed))
    }

    private mutating func scanPanels(
        _ queries: UnsafePointer<Float>, _ first: Int, _ count: Int, _ blocks: [RowBlock], _ filter: some RowFilter,
        owner: (UInt32) -> UInt32?
    ) {
        let kernels = strata_panel_kernels(count)
        let lanes = kernels.pointee.lanes
        let vectors = (count + lanes - 1) / lanes
        let width = vectors * lanes
        packed.reserve(width * dimensions)
        floors.reserve(width)
        // Panels of two vectors, and one of a single vector where their number is odd.
        var vector = 0
        while vector < vectors {
            let both = min(2, vectors - vector)
            let query = vector * lanes
            strata_pack_queries(
                queries + query * dimensions, dimensions, min(count - query, both * lanes), dimensions, both, lanes,
                packed.base + query * dimensions)
            vector += both
        }
        // A column of zeros is never to be collected.
        for query in 0..<width { floors.base[query] = query < count ? bound(first + query) : .infinity }
        var rowLimit = Self.panelScores / width
        if vectors > 2 { rowLimit = min(rowLimit, max(12, Self.panelRowBytes / (dimensions * 4))) }
        rowLimit = max(rowLimit / 12 * 12, 12)
        let needsWidening = blocks.contains { $0.format == .float16 }
        if needsWidening { widened.reserve(rowLimit * dimensions) }
        Self.forEachRun(blocks, filter, limit: rowLimit) { block, start, rows in
            let found = scorePanels(kernels, block, start, rows, vectors: vectors)
            guard found > 0 else { return }
            for index in 0..<found {
                let place = Int(places.base[index])
                let query = place % width
                guard query < count else { continue }
                offer(
                    scores.base[place], block.firstRow + UInt32(start + place / width), to: first + query, filter, owner
                )
                floors.base[query] = bound(first + query)
            }
        }
    }

    private mutating func scorePanels(
        _ kernels: UnsafePointer<strata_vector_kernels>, _ block: RowBlock, _ start: Int, _ count: Int, vectors: Int
    ) -> Int {
        let lanes = kernels.pointee.lanes
        let width = vectors * lanes
        var rows = UnsafePointer(widened.base)
        var stride = dimensions
        if block.format == .float16 {
            for row in 0..<count {
                kernels.pointee.widen_f16(
                    block.address(start + row).assumingMemoryBound(to: UInt16.self), dimensions,
                    widened.base + row * dimensions)
            }
        } else {
            rows = block.address(start).assumingMemoryBound(to: Float.self)
            stride = block.stride
        }
        let panel = metric == .squaredDistance ? kernels.pointee.panel_l2_f32 : kernels.pointee.panel_dot_f32
        var vector = 0
        while vector < vectors {
            let both = min(2, vectors - vector)
            panel(
                packed.base + vector * lanes * dimensions, both, rows, stride, count, dimensions,
                scores.base + vector * lanes, width)
            vector += both
        }
        if metric == .cosine {
            // The products with whatever stands first are not needed, only the rows' squares.
            squares.reserve(count)
            unused.reserve(count)
            kernels.pointee.cosine_f32(rows, rows, stride, count, dimensions, unused.base, squares.base)
            kernels.pointee.cosine_scores(scores.base, width, squares.base, count)
        }
        return kernels.pointee.collect_panel(scores.base, count, width, metric.sign, floors.base, places.base)
    }

    /// Runs of rows that take part, none longer than `limit`.
    @inline(__always)
    static func forEachRun(
        _ blocks: [RowBlock], _ filter: some RowFilter, limit: Int, _ body: (RowBlock, Int, Int) -> Void
    ) {
        for block in blocks {
            if type(of: filter) == EveryRow.self {
                var start = 0
                while start < block.count {
                    let count = min(limit, block.count - start)
                    body(block, start, count)
                    start += count
                }
            } else {
                filter.forEachRun(from: Int(block.firstRow), count: block.count, limit: limit) { start, count in
                    body(block, start, count)
                }
            }
        }
    }

    /// The largest number in single precision that is not above.
    static func roundedDown(_ value: Double) -> Float {
        let nearest = Float(value)
        return Double(nearest) > value ? nearest.nextDown : nearest
    }
}

extension SimilarityMetric {
    /// The score in single precision that a row has at least whose exact score is not below `score`.
    ///
    /// For an inner product of `dimensions` terms each product and each sum is off by at most 2^-24 of a partial sum,
    /// and no partial sum exceeds |query| * |row| (Higham, "Accuracy and Stability of Numerical Algorithms", section
    /// 3.1); the factor two covers the higher orders. A product below the normal numbers is off by at most 2^-150 more,
    /// a sum by nothing more. A sum of squares is off by as little in proportion to itself. A cosine's parts add up;
    /// rows whose square is below 2^-80 have infinite scores.
    func floor(score: Double, dimensions: Int, queryNorm: Double, rowNorm: Double) -> Double {
        let terms = Double(dimensions + 2)
        switch self {
        case .innerProduct: return score - terms * (0x1p-23 * queryNorm * rowNorm + 0x1p-149)
        case .squaredDistance: return score * (1 + terms * 0x1p-22) - terms * 0x1p-148
        case .cosine: return score * queryNorm - 2 * terms * (0x1p-23 * queryNorm + 0x1p-109) - 4 * 0x1p-23 * queryNorm
        }
    }
}
