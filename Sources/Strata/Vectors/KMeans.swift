import CStrata

/// Lloyd's algorithm: centres, so that points are near to the nearest of them (Lloyd, "Least squares quantization in
/// PCM", 1982). The same points and the same seed give the same centres on processors of one kind.
struct KMeans {
    let points: UnsafePointer<Float>
    let count: Int
    let dimensions: Int
    let clusters: Int
    /// The centres, one after another.
    private(set) var centres: [Float]
    /// The centre of each point, and its squared distance.
    private var owners: [Int32]
    private var distances: [Float]

    /// Starts at points that are drawn without repetition; where there are fewer points than clusters, some twice.
    ///
    /// - Precondition: `points` holds `count` (1 or more) times `dimensions` finite floats for as long as this is used.
    init(points: UnsafePointer<Float>, count: Int, dimensions: Int, clusters: Int, seed: UInt64) {
        precondition(count > 0 && dimensions > 0 && clusters > 0)
        self.points = points
        self.count = count
        self.dimensions = dimensions
        self.clusters = clusters
        owners = [Int32](repeating: -1, count: count)
        distances = [Float](repeating: 0, count: count)
        centres = []
        centres.reserveCapacity(clusters * dimensions)
        var state = seed
        var order = Array(0..<count)
        for cluster in 0..<clusters {
            let place = cluster % count
            // Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            order.swapAt(place, place + Int(mixed.multipliedFullWidth(by: UInt64(count - place)).high))
            let start = points + order[place] * dimensions
            for index in 0..<dimensions { centres.append(start[index]) }
        }
    }

    /// Moves the centres until no point changes its own, or so many times.
    ///
    /// - Complexity: O(turns * points * clusters * dimensions).
    mutating func run(turns: Int) {
        for _ in 0..<turns where assign() { move() }
    }

    /// The place of the centre that is nearest to a vector, the first of several; and its squared distance.
    static func nearest(
        _ vector: UnsafePointer<Float>, _ centres: UnsafePointer<Float>, count: Int, dimensions: Int,
        room: UnsafeMutablePointer<Float>
    ) -> (place: Int, distance: Float) {
        strata_vector_kernels().pointee.l2_f32(vector, centres, dimensions, count, dimensions, room)
        var best = 0
        for place in 1..<Swift.max(count, 1) where room[place] < room[best] { best = place }
        return (best, room[best])
    }

    /// Gives each point to its nearest centre; whether any has changed.
    private mutating func assign() -> Bool {
        let room = Scratch<Float>(clusters)
        var hasChanged = false
        centres.withUnsafeBufferPointer { centres in
            for point in 0..<count {
                let (owner, distance) = Self.nearest(
                    points + point * dimensions, centres.baseAddress!, count: clusters, dimensions: dimensions,
                    room: room.base)
                if owners[point] != Int32(owner) { hasChanged = true }
                owners[point] = Int32(owner)
                distances[point] = distance
            }
        }
        return hasChanged
    }

    /// Puts each centre into the middle of its points; one without points onto the point that is farthest from its own.
    private mutating func move() {
        var sums = [Double](repeating: 0, count: clusters * dimensions)
        var sizes = [Int](repeating: 0, count: clusters)
        for point in 0..<count {
            let owner = Int(owners[point])
            sizes[owner] += 1
            for index in 0..<dimensions {
                sums[owner * dimensions + index] += Double(points[point * dimensions + index])
            }
        }
        for cluster in 0..<clusters {
            if sizes[cluster] > 0 {
                for index in 0..<dimensions {
                    centres[cluster * dimensions + index] = Float(
                        sums[cluster * dimensions + index] / Double(sizes[cluster]))
                }
            } else {
                var farthest = 0
                for point in 1..<Swift.max(count, 1) where distances[point] > distances[farthest] { farthest = point }
                distances[farthest] = 0
                for index in 0..<dimensions {
                    centres[cluster * dimensions + index] = points[farthest * dimensions + index]
                }
            }
        }
    }
}
