import Testing

@testable import GraphData

@Suite struct SyntheticSourceTests {
    static let small = SyntheticSpecification(
        entities: 2_000, edgesPerEntity: 4, degreeDistribution: .powerLaw, propertiesPerEntity: 3,
        distinctValues: 500, embeddingDimensions: 32, seed: 42)

    /// These digests may change only together with the generator, and then every stored result loses its peers.
    @Test(arguments: [
        (DegreeDistribution.powerLaw, 0x4869_77B2_843C_9699 as UInt64), (.uniform, 0x4D56_9C44_6DD8_B008),
    ])
    func bytesAreFixedForEver(distribution: DegreeDistribution, digest: UInt64) throws {
        let directory = try TemporaryDirectory()
        var specification = Self.small
        specification.degreeDistribution = distribution
        let source = SyntheticSource(specification)
        let built = try DatasetBuilder.build(source, at: directory.file("a"))
        #expect(built == digest, "\(distribution): \(String(built, radix: 16))")
        try DatasetBuilder.build(source, at: directory.file("b"))
        #expect(try directory.read("a") == directory.read("b"))
    }

    @Test func anotherSeedGivesAnotherGraph() throws {
        let model = try ModelSink(SyntheticSource(Self.small))
        var other = Self.small
        other.seed += 1
        let otherModel = try ModelSink(SyntheticSource(other))
        let equal = zip(model.records, otherModel.records).count { $0.relationships == $1.relationships }
        #expect(equal < 1_000)  // those without relationships
        #expect(model.records[0].embedding != otherModel.records[0].embedding)
    }

    @Test(arguments: DegreeDistribution.allCases, [1, 3, 40])
    func relationshipsAddUpAndAreSimple(distribution: DegreeDistribution, mean: Int) throws {
        var specification = Self.small
        specification.degreeDistribution = distribution
        specification.edgesPerEntity = mean
        specification.embeddingDimensions = 0
        specification.entities = 2_001
        let model = try ModelSink(SyntheticSource(specification))
        var sum = 0
        var isCut = false
        for (row, record) in model.records.enumerated() {
            let targets = Set(record.relationships.map(\.target))
            #expect(targets.count == record.relationships.count, "row \(row) leads somewhere twice")
            #expect(!targets.contains(UInt32(row)), "row \(row) leads to itself")
            #expect(targets.allSatisfy { $0 < 2_001 })
            sum += targets.count
            isCut = isCut || targets.count == 2_000
        }
        if isCut {
            #expect(distribution == .powerLaw && mean == 40)
            #expect(sum < 2_001 * mean && sum > 2_001 * mean * 9 / 10)
        } else {
            #expect(sum == 2_001 * mean)
        }
    }

    @Test func uniformDegreesAreUniform() throws {
        var specification = Self.small
        specification.degreeDistribution = .uniform
        specification.entities = 9_000
        let degrees = SyntheticDegrees(
            specification, exponent: 2.1, generator: SplitMix64(seed: specification.seed))
        var histogram = [Int](repeating: 0, count: 9)
        for row in 0..<9_000 { histogram[degrees.degree(row: row, rank: 0)] += 1 }
        #expect(histogram.allSatisfy { abs($0 - 1_000) < 200 }, "\(histogram)")
    }

    /// The number of entities with at least k relationships falls as k to the power of -(2.1 - 1), out and in.
    @Test func degreesFollowThePowerLaw() throws {
        var specification = Self.small
        specification.entities = 20_000
        specification.propertiesPerEntity = 0
        specification.embeddingDimensions = 0
        let model = try ModelSink(SyntheticSource(specification))
        let outgoing = model.records.map(\.relationships.count)
        var incoming = [Int](repeating: 0, count: 20_000)
        for record in model.records {
            for pair in record.relationships { incoming[Int(pair.target)] += 1 }
        }
        for (name, degrees) in [("out", outgoing), ("in", incoming)] {
            let many = Double(degrees.count { $0 >= 8 })
            let few = Double(degrees.count { $0 >= 128 })
            let slope = -PortableMath.log(few / many) / PortableMath.log(16)
            #expect(abs(slope - 1.1) < 0.2, "\(name): \(slope)")
            #expect(degrees.max()! > 2_000, "\(name)")
        }
        // Hubs are spread over the rows.
        let largest = outgoing.indices.max { outgoing[$0] < outgoing[$1] }!
        #expect(largest > 100)
    }

    @Test func aMillionEntitiesHaveAHubBeyondSixteenBits() {
        let specification = SyntheticSpecification(entities: 1_000_000, edgesPerEntity: 4)
        let degrees = SyntheticDegrees(
            specification, exponent: SyntheticSource.degreeExponent, generator: SplitMix64(seed: 1))
        #expect(degrees.degree(row: 0, rank: 0) > 65_535)
        let ranks = [0, 1, 10, 100, 1_000, 100_000, 999_999].map { degrees.degree(row: 0, rank: $0) }
        #expect(ranks == ranks.sorted(by: >))
    }

    @Test func propertiesAreZipfValuesOf26Bytes() throws {
        let model = try ModelSink(SyntheticSource(Self.small))
        var counts: [UInt32: Int] = [:]
        for record in model.records {
            #expect(record.properties.map { model.strings[Int($0.key)] } == ["p0", "p1", "p2"])
            for pair in record.properties { counts[pair.value, default: 0] += 1 }
        }
        #expect(counts.count <= 500 && counts.count > 400)
        #expect(counts.keys.allSatisfy { model.strings[Int($0)].utf8.count == 26 })
        // The first of 500 values has a share of 1 / H(500) = 0.147.
        let share = Double(counts.values.max()!) / 6_000
        #expect(abs(share - 0.147) < 0.02)
        #expect(Set(model.records.map(\.type)).count == 8)
        #expect(Set(model.records.flatMap { $0.relationships.map(\.type) }).count == 6)
    }

    @Test func embeddingsAreUnitVectorsInClusters() throws {
        let model = try ModelSink(SyntheticSource(Self.small))
        let vectors = model.records.map(\.embedding)
        #expect(vectors.allSatisfy { abs(dot($0, $0) - 1) < 1e-5 })
        // White noise in 32 dimensions never comes nearer than 0.8 among 2,000; here each has a near one.
        let nearest = (0..<25).map { row in
            vectors.indices.filter { $0 != row }.map { dot(vectors[row], vectors[$0]) }.max()!
        }
        #expect(nearest.reduce(0, +) / 25 > 0.8, "\(nearest)")
        let random = (0..<1_000).map { dot(vectors[$0], vectors[$0 + 1_000]) }.reduce(0, +) / 1_000
        #expect(abs(random) < 0.1)
    }

    @Test func thinGraphsWork() throws {
        for distribution in DegreeDistribution.allCases {
            let alone = SyntheticSpecification(
                entities: 1, edgesPerEntity: 0, degreeDistribution: distribution, propertiesPerEntity: 0,
                distinctValues: 1, embeddingDimensions: 0, seed: 0)
            let model = try ModelSink(SyntheticSource(alone))
            #expect(model.records.count == 1)
            #expect(model.records[0].properties.isEmpty && model.records[0].relationships.isEmpty)
            #expect(model.records[0].embedding.isEmpty && model.records[0].name == nil)
            let complete = SyntheticSpecification(
                entities: 5, edgesPerEntity: 4, degreeDistribution: distribution, embeddingDimensions: 1, seed: 3)
            #expect(try ModelSink(SyntheticSource(complete)).records.count == 5)
        }
    }

    @Test func impossibleSpecificationsAreRefused() {
        func message(_ change: (inout SyntheticSpecification) -> Void) -> String {
            var specification = Self.small
            change(&specification)
            do throws(GraphDataError) {
                _ = try ModelSink(SyntheticSource(specification))
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(message { $0.entities = 0 }.contains("entities = 0"))
        #expect(message { $0.edgesPerEntity = -1 }.contains("edgesPerEntity = -1"))
        #expect(message { $0.edgesPerEntity = 2_000 }.contains("0 to 1999"))
        #expect(message { $0.propertiesPerEntity = -1 }.contains("propertiesPerEntity"))
        #expect(message { $0.distinctValues = 0 }.contains("distinctValues"))
        #expect(message { $0.embeddingDimensions = 100_000 }.contains("embeddingDimensions"))
    }

    @Test func progressEndsWithTheCount() throws {
        var specification = Self.small
        specification.entities = 5_000
        specification.embeddingDimensions = 0
        var seen: [Int] = []
        var model = ModelSink()
        try SyntheticSource(specification).stream(into: &model, progress: { seen.append($0) })
        #expect(seen == [4_096, 5_000])
    }
}

/// The inner product, in double precision.
func dot(_ left: some Sequence<Float>, _ right: some Sequence<Float>) -> Double {
    zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
