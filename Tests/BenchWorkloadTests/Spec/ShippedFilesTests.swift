import BenchWorkload
import Foundation
import GraphData
import Testing

private let workloads = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Workloads")

@Suite struct ShippedFilesTests {
    /// Every scenario of the folder, in every profile, says what its resolved form says, and can be planned.
    @Test(arguments: ["default", "quick", "full"])
    func allCanBeRun(profile: String) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: workloads.path)
        let names = files.filter { $0.hasSuffix(".yaml") && $0 != "targets.yaml" }
        #expect(names.count >= 10)
        for name in names {
            let path = workloads.appendingPathComponent(name).path
            let shipped = try Scenario.load(path: path, profile: profile)
            #expect(try Scenario.parse(text: shipped.yaml(), file: path) == shipped, "\(name)")
            let scenarios = shipped.points.isEmpty ? [shipped] : shipped.points.map(\.scenario)
            for scenario in scenarios {
                let dataset = try #require(scenario.dataset)
                // A trace has the keys that come up in it: about as many as it draws from.
                let entities = try #require(dataset.knownEntityCount ?? dataset.trace?.keys, "\(name)")
                #expect(throws: Never.self) {
                    try ExecutionPlan.phases(
                        of: scenario, entityCount: entities, accessCount: dataset.trace?.accesses ?? 0)
                }
            }
            // A ratio rests on so many pairs of blocks.
            #expect(shipped.blocks >= 7, "\(name)")
        }
    }

    @Test(arguments: ["wordnet", "million-inserts"], ["default", "quick", "full"])
    func scenariosAreValid(name: String, profile: String) throws {
        let path = workloads.appendingPathComponent("\(name).yaml").path
        let shipped = try Scenario.load(path: path, profile: profile)
        let again = try Scenario.parse(text: shipped.yaml(), file: path)
        #expect(again == shipped)
        let entities = try #require(shipped.dataset?.knownEntityCount)
        let plan = try ExecutionPlan.phases(of: shipped, entityCount: entities)
        #expect(plan[0].insertCount == entities)
        #expect(plan.dropFirst().allSatisfy { $0.loaded == entities && $0.operationCount != nil })
        if profile == "quick" { #expect(shipped.blocks == 7) }
    }

    /// What the schema holds at a path of keys.
    private func schema(_ path: String) throws -> Any {
        let data = try Data(contentsOf: workloads.appendingPathComponent("workload.schema.json"))
        var value = try JSONSerialization.jsonObject(with: data)
        for key in path.split(separator: "/") {
            value = try #require((value as? [String: Any])?[String(key)], "the schema has no \(path)")
        }
        return value
    }

    /// The keys that the schema allows in the mapping at a path.
    private func keys(_ path: String) throws -> Set<String> {
        let object = try #require(try schema(path) as? [String: Any])
        #expect(object["additionalProperties"] as? Bool == false, "\(path) allows unknown keys")
        return Set(try #require(object["properties"] as? [String: Any]).keys)
    }

    @Test func editorsKnowTheKeysThatAreRead() throws {
        #expect(try keys("") == Set(ScenarioKeys.scenario))
        #expect(try keys("$defs/dataset") == Set(ScenarioKeys.dataset))
        #expect(try keys("$defs/arms") == Set(ScenarioKeys.arms))
        #expect(try keys("$defs/phase") == Set(ScenarioKeys.phase))
        #expect(try keys("$defs/role") == Set(ScenarioKeys.role))
        #expect(try keys("$defs/operations") == Set(ScenarioKeys.operations))
        #expect(try keys("$defs/configuration") == Set(ScenarioKeys.configuration))
        #expect(try keys("$defs/profiles") == Set(ScenarioKeys.profiles))
    }

    @Test func editorsKnowTheWords() throws {
        func words(_ path: String) throws -> [String]? { try schema(path) as? [String] }
        let sources = DatasetSpecification.Source.allCases.filter(\.isWorking).map(\.rawValue)
        #expect(try words("$defs/dataset/properties/source/enum") == sources)
        #expect(try words("$defs/arms/properties/strategies/items/enum") == ScenarioVocabulary.standard.strategies)
        for key in ConfigurationKey.allCases {
            guard case .word(let known) = key.form else { continue }
            #expect(try words("$defs/configuration/properties/\(key.rawValue)/enum") == known)
        }
        #expect(try words("$defs/arrival/enum") == ArrivalSpecification.Law.allCases.map(\.rawValue))
        #expect(try words("$defs/phase/properties/warmup/enum") == ["steady", "none"])
    }
}
