@testable import Strata

extension HNSWIndex {
    /// The first rule of the structure that does not hold, in words.
    func firstFault() -> String? {
        let width = parameters.links
        var live = 0
        for row in 0..<rowCount {
            switch states[row] {
            case .live:
                live += 1
                guard self.row(of: ids[row]) == UInt32(row) else { return "row \(row) is not in the table" }
            case .free:
                if links[row * 2 * width] != HNSWGraph.none { return "free row \(row) has links" }
            default: break
            }
            if let fault = fault(linker.list(UInt32(row), 0), 2 * width, owner: UInt32(row), level: 0) {
                return "row \(row): \(fault)"
            }
        }
        guard live == count else { return "\(live) live rows, counted \(count)" }
        for slot in 0..<slotRows.count where slotRows[slot] != HNSWGraph.none {
            guard states[Int(slotRows[slot])] != .free else { return "slot \(slot) of a free row" }
            for level in 1...Int(slotLevels[slot]) {
                if let fault = fault(linker.list(UInt32(slot), level), width, owner: UInt32(slot), level: level) {
                    return "slot \(slot), level \(level): \(fault)"
                }
            }
        }
        guard count > 0 else { return entry == .nowhere ? nil : "an entry of nothing" }
        guard states[Int(entry.row)] != .free else { return "the entry is free" }
        if entry.level > 0 {
            guard slotRows[Int(entry.slot)] == entry.row else { return "the entry's slot is another's" }
            guard Int(slotLevels[Int(entry.slot)]) == entry.level else { return "the entry's level" }
        }
        return nil
    }

    private func fault(
        _ list: UnsafeMutablePointer<UInt32>, _ width: Int, owner: UInt32, level: Int
    ) -> String? {
        var seen: Set<UInt32> = []
        var hasEnded = false
        for place in 0..<width {
            let node = list[place]
            guard node != HNSWGraph.none else {
                hasEnded = true
                continue
            }
            if hasEnded { return "a link behind the end" }
            if node == owner { return "a link to itself" }
            if !seen.insert(node).inserted { return "two links to \(node)" }
            if level == 0 {
                if Int(node) >= rowCount { return "a link to no row" }
                if states[Int(node)] == .free { return "a link to the free row \(node)" }
            } else {
                if Int(node) >= slotRows.count { return "a link to no slot" }
                if slotRows[Int(node)] == HNSWGraph.none { return "a link to the free slot \(node)" }
                if Int(slotLevels[Int(node)]) < level { return "a link to a slot of a lower level" }
            }
        }
        return nil
    }
}
