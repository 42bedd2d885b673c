/// The example of the documented scenario format, word for word.
let epochReaders = """
    name: epoch-readers                 # [a-z0-9-]+, the file's name
    title: Concurrent readers under epochs
    description: What it shows, and for whom.
    dataset:
      source: synthetic                 # synthetic | wordnet | fashion-mnist | csv | ntriples | snapshot | trace
      entities: 1_000_000
      edges_per_entity: 4
      degree_distribution: power-law    # uniform | power-law
      properties_per_entity: 3
      distinct_values: 10_000
      embedding_dimensions: 96
    arms:
      subjects: [strata, standard]      # null: the harness's floor; rivals where built in
      allocators: [glibc]               # glibc | jemalloc | mimalloc | tcmalloc
      allocator_options: { jemalloc: ["", "dirty_decay_ms:0"] }
      strategies: [bump]                # direct | pool | bump
      threads: [1, 2]                   # for phases without roles; roles fix their own
    sweep: { dataset.entities: [100_000, 1_000_000] }         # product of the lists, an arm each
    configuration: { cache_size: 64MiB, gc_threshold: 0.5 }   # MemoryConfiguration keys
    phases:                             # names are unique
      - name: load
        operations: { insert: 1 }
        count: 1_000_000
      - name: read-while-writing
        duration: 5s
        roles:
          - { name: readers, threads: 1, operations: { get: 95, neighbors: 5 }, keys: zipf(0.99) }
          - { name: writer, threads: 1, operations: { update: 1 }, keys: uniform, rate: 20_000/s, arrival: poisson }
    blocks: 10
    warmup_blocks: 1
    seed: 42
    tolerance: { throughput: 3%, instructions: 0.5% }         # for the gate
    targets: [throughput]
    profiles:                           # a profile changes only what it lists; without one the values above run
      quick: { dataset.entities: 100_000, blocks: 3 }
      full: { dataset.entities: 10_000_000 }

    """

/// Memory that is taken and given back without a store, in the arm's threads and in roles of their own.
let allocationChurn = """
    name: allocation-churn
    dataset: { source: synthetic, entities: 10_000, embedding_dimensions: 0 }
    arms: { allocators: [glibc, mimalloc], strategies: [direct], threads: [1, 2] }
    phases:
      - name: churn
        operations: { allocate: 3, free: 1 }
        count: 200_000
        sizes: log-uniform(16,64KiB)
      - name: drain
        operations: { free: 1 }
        count: 10_000
        keys: sequential
        settle: 30s
      - name: both
        duration: 2s
        sizes: uniform(16, 256)
        roles:
          - { name: giver, threads: 2, operations: { allocate: 1 }, rate: 5.5/ms }
          - { name: taker, operations: { free: 1 }, keys: latest }
    blocks: 5
    max_blocks: 20
    precision: 3%

    """

/// A cache without a store, at several sizes and laws.
let cacheChurn = """
    name: cache-churn
    dataset: { source: synthetic, entities: 100_000 }
    sweep:
      configuration.cache_entries: [1_000, 10_000]
      phases.churn.keys: [uniform, "hotspot(20%, 0.8)", zipf( 1.0 )]
    configuration: { cache_policy: lru }
    phases:
      - name: churn
        operations: { cache_get: 1 }
        count: 500_000

    """

/// A program as the workload.
let anyProgram = """
    name: any-program
    command: [/usr/bin/sort, --parallel=2, "numbers.txt", 7, ""]
    arms:
      allocators: [glibc, jemalloc]
      allocator_options: { glibc: ["", "glibc.malloc.arena_max=1"] }
    blocks: 5

    """
