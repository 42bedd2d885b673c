/// The layers that are current: what readers take hold of in one step. A new one takes its place when a checkpoint begins and
/// when it ends; the old one goes when no reader can see it any more, and its layers with the last view that has them.
final class DatabaseView: @unchecked Sendable {
    // Unchecked: the layers lead to what the deltas and the base own, which may be read from any thread under a pin.

    let layers: GraphLayers
    let active: DatabaseDelta
    /// What a checkpoint is merging.
    let frozen: DatabaseDelta?
    let base: DatabaseBase?

    init(active: DatabaseDelta, frozen: DatabaseDelta?, base: DatabaseBase?) {
        self.active = active
        self.frozen = frozen
        self.base = base
        layers = GraphLayers(active: active.view, frozen: frozen?.view, base: base?.content)
    }
}
