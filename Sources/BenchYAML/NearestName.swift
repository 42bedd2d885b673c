/// The known name that someone who typed `name` most probably meant, or nil where none is near.
///
/// Near means at most a third of the name's length in edits (insert, delete, replace, swap of neighbours), and at
/// least two for names of four letters and more. Case and the difference between `-` and `_` count for nothing. Where
/// nothing is near, a candidate that continues the name, or that the name continues, is taken (three letters and more).
/// Takes O(m n) time for each candidate; the first of equals wins.
public func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
    let wanted = foldedScalars(name)
    let limit = wanted.count < 4 ? 1 : max(2, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let folded = foldedScalars(candidate)
        let distance = editDistance(wanted, folded)
        // A replacement of every letter is no resemblance, however short the name is.
        guard distance <= limit, distance < max(wanted.count, folded.count) else { continue }
        if distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    if let best { return best.name }
    return candidates.first { candidate in
        let folded = foldedScalars(candidate)
        return min(folded.count, wanted.count) >= 3 && (folded.starts(with: wanted) || wanted.starts(with: folded))
    }
}

/// The sentence "did you mean ...?" for the nearest of the candidates; otherwise the candidates themselves.
public func suggestion(for name: String, among candidates: [String]) -> String {
    if let nearest = nearestName(to: name, in: candidates) { return "did you mean `\(nearest)`?" }
    return "known here: \(candidates.joined(separator: ", "))"
}

private func foldedScalars(_ text: String) -> [Unicode.Scalar] {
    text.lowercased().unicodeScalars.map { $0 == "_" ? "-" : $0 }
}

/// Optimal string alignment distance: edits to turn `a` into `b`, a swap of neighbours being one.
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty { return b.count }
    if b.isEmpty { return a.count }
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = [Int](repeating: 0, count: b.count + 1)
    for i in 1...a.count {
        current[0] = i
        for j in 1...b.count {
            let same = a[i - 1] == b[j - 1]
            current[j] = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                current[j] = min(current[j], beforePrevious[j - 2] + 1)
            }
        }
        (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
}
