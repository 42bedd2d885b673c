/// Scenario texts for the tests.
enum Scenarios {
    /// A whole scenario that a debug build runs in a moment.
    static func tiny(subjects: String = "[strata, standard]", allocators: String = "[glibc]", blocks: Int = 2) -> String
    {
        """
        name: tiny
        title: A small graph
        description: Whether the way through the harness is open.
        dataset:
          source: synthetic
          entities: 300
          edges_per_entity: 3
          degree_distribution: power-law
          properties_per_entity: 2
          distinct_values: 40
          embedding_dimensions: 16
        arms:
          subjects: \(subjects)
          allocators: \(allocators)
          strategies: [bump]
          threads: [1]
        phases:
          - name: load
            operations: { insert: 1 }
          - name: get
            operations: { get: 1 }
            count: 2_000
            keys: zipf(0.99)
          - name: look
            operations: { neighbors: 3, traverse: 1 }
            count: 400
            keys: uniform
          - name: similar
            operations: { similar: 1 }
            count: 20
            keys: uniform
          - name: scan
            operations: { scan: 1 }
            count: 2
        blocks: \(blocks)
        warmup_blocks: 0
        seed: 42

        """
    }

    /// The phases of ``tiny(subjects:allocators:blocks:)``, in order.
    static let tinyPhases = ["load", "get", "look", "similar", "scan"]
}
