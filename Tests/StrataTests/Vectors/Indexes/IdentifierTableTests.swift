import Testing

@testable import Strata

@Suite struct IdentifierTableTests {
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func agreesWithADictionary(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = IdentifierTable()
        var ids = [UInt32](repeating: 0, count: 400)
        var model: [UInt32: UInt32] = [:]
        var free = Array(0..<400 as Range<UInt32>)
        for step in 0..<longRun(4_000) {
            let id = UInt32(random.below(300)) &* 0x0100_0001
            let held = table.row(of: id, ids: ids)
            guard held == model[id] else {
                Issue.record("seed \(seed), step \(step): row \(String(describing: held))")
                return
            }
            if let row = model[id] {
                guard table.remove(id, ids: ids) == row else {
                    Issue.record("seed \(seed), step \(step): removed another")
                    return
                }
                model[id] = nil
                free.append(row)
            } else if let row = free.popLast() {
                try table.reserve(model.count + 1, ids: ids)
                ids[Int(row)] = id
                table.insert(row, ids: ids)
                model[id] = row
            }
        }
        for (id, row) in model { #expect(table.row(of: id, ids: ids) == row) }
        #expect(table.remove(0xFFFF_FFF0, ids: ids) == nil)
        table.removeAll()
        for id in model.keys { #expect(table.row(of: id, ids: ids) == nil) }
    }
}
