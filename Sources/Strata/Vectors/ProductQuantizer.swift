import CStrata

/// Turns vectors into a few bytes: each part of a vector becomes the number of the nearest of 256 trained centres of that
/// part (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011).
public struct ProductQuantizer: Sendable, Equatable {
    /// Centres a part.
    static let centreCount = 256
    /// Rows that the centres are trained with, at most: 64 a centre.
    public static let trainingRows = 64 * centreCount

    public let metric: SimilarityMetric
    public let dimensions: Int
    /// Bytes a vector.
    public let parts: Int
    /// The centres, part by part; in the last part, components that no vector has are zero.
    let centres: [Float]

    /// Components of a part.
    var width: Int { (dimensions + parts - 1) / parts }

    /// Numbers that a codebook holds; nil where there is none of such a shape.
    static func valueCount(dimensions: Int, parts: Int) -> Int? {
        guard (1...65_536).contains(dimensions), (1...dimensions).contains(parts) else { return nil }
        let width = (dimensions + parts - 1) / parts
        // Every part has components.
        return width * (parts - 1) < dimensions ? parts * centreCount * width : nil
    }

    private init(metric: SimilarityMetric, dimensions: Int, parts: Int, centres: [Float]) {
        self.metric = metric
        self.dimensions = dimensions
        self.parts = parts
        self.centres = centres
    }

    /// Trains centres on the rows of a column, or on some ``trainingRows`` of them that lie evenly in it.
    ///
    /// - Parameters:
    ///   - parts: bytes a vector, 1 to the number of components.
    ///   - turns: how often the centres move at most.
    ///   - seed: which rows the centres start at.
    /// - Throws: `invalidArgument` when there are no rows, or the components cannot be cut into so many parts.
    /// - Complexity: O(turns * rows * 256 * components).
    public init(
        training column: borrowing VectorColumn, metric: SimilarityMetric, parts: Int, turns: Int = 12,
        seed: UInt64 = 1
    ) throws(StrataError) {
        let dimensions = column.dimensions
        guard column.count > 0 else {
            throw StrataError(.invalidArgument, "no rows to train a quantizer with")
        }
        guard let valueCount = Self.valueCount(dimensions: dimensions, parts: parts), turns >= 0 else {
            throw StrataError(
                .invalidArgument, "\(dimensions) components cannot be cut into \(parts) equal parts",
                remedy: "take a number of parts that divides \(dimensions)")
        }
        let count = min(column.count, Self.trainingRows)
        let width = (dimensions + parts - 1) / parts
        let row = Scratch<Float>(parts * width)
        // The samples part by part, as the centres are trained.
        let samples = Scratch<Float>(parts * count * width)
        for sample in 0..<count {
            column.read(sample * column.count / count, into: row.base)
            Self.normalise(row.base, dimensions, parts * width, metric)
            for part in 0..<parts {
                (samples.base + (part * count + sample) * width).update(from: row.base + part * width, count: width)
            }
        }
        var centres: [Float] = []
        centres.reserveCapacity(valueCount)
        for part in 0..<parts {
            var means = KMeans(
                points: samples.base + part * count * width, count: count, dimensions: width,
                clusters: Self.centreCount, seed: seed &+ UInt64(part))
            means.run(turns: turns)
            centres += means.centres
        }
        // Both are read through their addresses up to here.
        extendLifetime(row)
        extendLifetime(samples)
        self.init(metric: metric, dimensions: dimensions, parts: parts, centres: centres)
    }

    /// Brings a vector to length 1 where only its direction counts, and puts zeros behind it.
    static func normalise(
        _ vector: UnsafeMutablePointer<Float>, _ dimensions: Int, _ room: Int, _ metric: SimilarityMetric
    ) {
        if metric == .cosine {
            let factor = ScalarQuantizer.factor(vector, dimensions, metric)
            for index in 0..<dimensions { vector[index] = Float(Double(vector[index]) * factor) }
        }
        for index in dimensions..<room { vector[index] = 0 }
    }

    /// Writes the `parts` bytes of a vector of `parts * width` components, normalised.
    func encode(
        _ vector: UnsafePointer<Float>, into bytes: UnsafeMutablePointer<UInt8>, room: UnsafeMutablePointer<Float>
    ) {
        let width = width
        centres.withUnsafeBufferPointer { centres in
            for part in 0..<parts {
                let (place, _) = KMeans.nearest(
                    vector + part * width, centres.baseAddress! + part * Self.centreCount * width,
                    count: Self.centreCount, dimensions: width, room: room)
                bytes[part] = UInt8(place)
            }
        }
    }

    /// Writes what each centre adds to the score of a row: 256 numbers a part; their sum is an inner product, or a
    /// squared distance.
    ///
    /// - Parameter query: `parts * width` components, zeros behind the last real one.
    func tables(_ query: UnsafePointer<Float>, into tables: UnsafeMutablePointer<Float>) {
        let kernels = strata_vector_kernels()
        let width = width
        let kernel = metric == .squaredDistance ? kernels.pointee.l2_f32 : kernels.pointee.dot_f32
        centres.withUnsafeBufferPointer { centres in
            for part in 0..<parts {
                kernel(
                    query + part * width, centres.baseAddress! + part * Self.centreCount * width, width,
                    Self.centreCount, width, tables + part * Self.centreCount)
            }
        }
    }

    /// The quantizer as bytes, to be kept.
    public var bytes: [UInt8] {
        CodebookBytes(metric: metric, dimensions: dimensions, parts: parts, values: centres).encoded(as: .product)
    }

    /// Reads what ``bytes`` gave.
    ///
    /// - Throws: `unsupportedFormat` when they are of another kind or version, `corrupted` when they are damaged.
    public init(bytes: RawSpan) throws(StrataError) {
        let book = try CodebookBytes(bytes, kind: .product) { Self.valueCount(dimensions: $0, parts: $1) }
        self.init(metric: book.metric, dimensions: book.dimensions, parts: book.parts, centres: book.values)
    }
}
