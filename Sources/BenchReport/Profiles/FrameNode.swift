import BenchResults

/// A box of a flame graph: a function in the place of one stack, with all that it called there.
final class FrameNode {
    let name: String
    private(set) var weight = 0
    /// The weight in the run that is compared with.
    private(set) var before = 0
    private var children: [String: FrameNode] = [:]

    private init(name: String) { self.name = name }

    /// The tree of some stacks, under a root that holds all of them.
    convenience init(_ stacks: FoldedStacks, _ before: FoldedStacks?) {
        self.init(name: "all")
        for (stack, weight) in stacks.weights { add(stack[...], weight: weight, before: 0) }
        for (stack, weight) in before?.weights ?? [:] { add(stack[...], weight: 0, before: weight) }
    }

    private func add(_ stack: ArraySlice<String>, weight: Int, before: Int) {
        var node = self
        node.weight += weight
        node.before += before
        for frame in stack {
            let next = node.children[frame] ?? FrameNode(name: frame)
            node.children[frame] = next
            next.weight += weight
            next.before += before
            node = next
        }
    }

    var sortedChildren: [FrameNode] { children.values.sorted { $0.name < $1.name } }

    func share(of root: FrameNode) -> Double { root.weight > 0 ? Double(weight) / Double(root.weight) : 0 }

    func shareBefore(of root: FrameNode) -> Double { root.before > 0 ? Double(before) / Double(root.before) : 0 }

    /// The rows of the tree, this one among them, as far as boxes are shown.
    func depth(where isShown: (FrameNode) -> Bool) -> Int {
        guard isShown(self) else { return 0 }
        return 1 + (children.values.map { $0.depth(where: isShown) }.max() ?? 0)
    }

    /// What a function belongs to, as far as its name tells.
    enum Kind: Equatable {
        case root, unknown, allocator, runtime, program

        init(_ name: String) {
            let allocators = [
                "malloc", "free", "calloc", "realloc", "cfree", "_int_", "mi_", "_mi_", "je_", "tc_", "tcmalloc",
                "swift_slowAlloc", "swift_slowDealloc", "operator new", "operator delete", "posix_memalign",
            ]
            if name == "all" {
                self = .root
            } else if name.hasPrefix("[") || name == "(callers not known)" {
                self = .unknown
            } else if allocators.contains(where: name.hasPrefix) {
                self = .allocator
            } else if name.hasPrefix("swift_") || name.hasPrefix("_swift_") || name.hasPrefix("Swift.") {
                self = .runtime
            } else {
                self = .program
            }
        }
    }
}
