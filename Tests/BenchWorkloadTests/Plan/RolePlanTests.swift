import BenchWorkload
import Testing

@Suite struct RolePlanTests {
    @Test func eachRoleHasAPlanOfItsOwn() throws {
        let plan = try ExecutionPlan.phases(of: try scenario(epochReaders), entityCount: 1_000_000)
        #expect(plan.map(\.loaded) == [0, 1_000_000])
        #expect(plan[1].operationCount == nil && plan[1].insertCount == 0)
        func operations(_ role: Int, seed: UInt64 = 42) -> [Operation] {
            [Operation](unsafeUninitializedCapacity: 2000) { buffer, initialized in
                ExecutionPlan.operations(
                    for: plan[1].specification.roles[role], of: plan[1], entityCount: 1_000_000, seed: seed,
                    into: UnsafeMutableBufferPointer(rebasing: buffer[..<2000]))
                initialized = 2000
            }
        }
        let (readers, writer) = (operations(0), operations(1))
        #expect(readers.count { $0.operationKind == .get } > 1800)
        #expect(readers.allSatisfy { $0.operationKind == .get || $0.operationKind == .neighbors })
        #expect(writer.allSatisfy { $0.operationKind == .update })
        #expect(writer.map(\.argument) == Array(1...2000))
        #expect(readers == operations(0) && readers != operations(0, seed: 43))
        // Roles that do the same do not draw the same.
        var twin = plan[1].specification.roles[1]
        twin.name = "twin"
        let specification = plan[1].specification.specification(of: twin)
        #expect(draw(specification, 2000, entityCount: 1_000_000) != writer)
    }

    @Test func rolesDrawFromTheRowsThatAreLoaded() throws {
        let text = epochReaders.with("count: 1_000_000", "count: 5").with("sweep:", "#")
        let plan = try ExecutionPlan.phases(of: try scenario(text), entityCount: 1_000_000)
        let buffer = UnsafeMutableBufferPointer<Operation>.allocate(capacity: 100)
        defer { buffer.deallocate() }
        for role in plan[1].specification.roles {
            ExecutionPlan.operations(for: role, of: plan[1], entityCount: 1_000_000, seed: 1, into: buffer)
            #expect(buffer.allSatisfy { $0.key < 5 })
        }
    }
}
