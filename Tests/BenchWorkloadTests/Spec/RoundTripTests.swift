import BenchWorkload
import Foundation
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func whatIsPrintedReadsTheSame(seed: UInt64) throws {
        var source = RandomScenario(seed: seed)
        let drawn = try source.next()
        let text = drawn.yaml()
        let again = try scenario(text)
        #expect(again == drawn, "seed \(seed)")
        #expect(again.hash == drawn.hash, "seed \(seed)")
        #expect(again.yaml() == text, "seed \(seed)")
    }

    @Test(arguments: [epochReaders, allocationChurn, cacheChurn, anyProgram])
    func examplesReadTheSame(text: String) throws {
        for profile in ["default", "quick", "full"] {
            let read = try scenario(text, profile: profile)
            let again = try scenario(read.yaml())
            #expect(again == read && again.hash == read.hash)
            for point in read.points { #expect(try scenario(point.scenario.yaml()) == point.scenario) }
            let data = try JSONEncoder().encode(read)
            #expect(try JSONDecoder().decode(Scenario.self, from: data) == read)
        }
    }
}
