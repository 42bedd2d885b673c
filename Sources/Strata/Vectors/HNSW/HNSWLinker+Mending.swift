extension HNSWLinker {
    /// Chooses the list of a node that leads to dying nodes anew, among the others in it and the live ones that the dying
    /// lead to.
    ///
    /// - Returns: whether a quarter of what the list led to goes, so that what is around it is better looked for anew.
    @discardableResult
    func mend(
        _ node: UInt32, level: Int, states: UnsafePointer<RowState>, using scratch: inout HNSWScratch
    ) -> Bool {
        let list = list(node, level)
        let length = length(list, level)
        var dying = 0
        for place in 0..<length where states[Int(graph.row(list[place], level))] == .dying { dying += 1 }
        guard dying > 0 else { return false }
        scratch.searcher.visited.removeAll()
        _ = scratch.searcher.visited.insert(node)
        scratch.list.truncate(to: 0)
        for place in 0..<length {
            let neighbour = list[place]
            guard states[Int(graph.row(neighbour, level))] == .dying else {
                // A dead one is a way through until the next pass.
                if scratch.searcher.visited.insert(neighbour) { scratch.list.append(neighbour) }
                continue
            }
            let beyond = self.list(neighbour, level)
            for further in 0..<self.length(beyond, level) {
                let candidate = beyond[further]
                guard states[Int(graph.row(candidate, level))] == .live else { continue }
                if scratch.searcher.visited.insert(candidate) { scratch.list.append(candidate) }
            }
        }
        rank(scratch.list.base, scratch.list.count, around: node, level: level, using: &scratch)
        choose(graph.width(level), level: level, using: &scratch)
        write(scratch.chosen.base, scratch.chosen.count, to: list, level)
        return dying * 4 >= length
    }
}
