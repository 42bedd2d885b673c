import BenchResults

/// Names for the places of a grid under one strategy: the phase, and what tells it from others of the same name.
struct PlaceLabels {
    private let rows: RowLabels
    private let points: SweepLabels
    private let namesThreads: Bool

    init(_ places: [GridDocument.Place]) {
        rows = RowLabels(places.lazy.map { ($0.phase, $0.role, $0.operation) })
        points = SweepLabels(places.lazy.map(\.parameters))
        namesThreads = Dictionary(grouping: places) { "\($0.phase)\u{0}\($0.role)" }.values.contains { places in
            Set(places.map(\.threads)).count > 1
        }
    }

    /// `get`, `get (2 threads)`, `get (entities 1000)`.
    func label(_ place: GridDocument.Place) -> String {
        let aside = [
            namesThreads ? Wording.count(place.threads, "thread") : "", points.label(place.parameters),
        ].filter { !$0.isEmpty }
        let name = rows.label(phase: place.phase, role: place.role, operation: place.operation)
        return aside.isEmpty ? name : "\(name) (\(aside.joined(separator: ", ")))"
    }
}
