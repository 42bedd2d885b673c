/// How often the operations of a phase can be done, as far as lockstep is concerned.
enum PhaseRepetition: String, Sendable {
    /// All of them, once: what follows depends on what they leave behind.
    case once
    /// They only read, so that they can be left out; but a second time they would find other caches.
    case optional
    /// They only read, and find the same a second time: they can be cut short, or gone through again and again.
    case again
}

/// What the parent tells a child in lockstep: a line each.
enum LockstepCommand: Equatable {
    /// Do the operations before this index. Where the phase can be done again, it may lie beyond the plan's end: index
    /// i is then operation i modulo the plan's length.
    case run(upTo: Int)
    /// End the phase: audit it and tell its digest.
    case finish
    /// Leave the phase out.
    case skip
    /// Leave out all that is left, and write the result.
    case stop

    /// The line, without its line feed.
    var line: String {
        switch self {
        case .run(let end): "run \(end)"
        case .finish: "finish"
        case .skip: "skip"
        case .stop: "stop"
        }
    }

    /// The command of a line, or nil for a line that none has.
    init?(line: String) {
        let words = line.split(separator: " ")
        switch (words.first, words.count) {
        case ("run", 2):
            guard let end = Int(words[1]) else { return nil }
            self = .run(upTo: end)
        case ("finish", 1): self = .finish
        case ("skip", 1): self = .skip
        case ("stop", 1): self = .stop
        default: return nil
        }
    }
}

/// What a child tells its parent in lockstep: a line each.
enum LockstepReport: Equatable {
    /// It is ready to begin a phase.
    case phase(Phase)
    /// It leaves a phase out, for this reason.
    case skipped(name: String, reason: String)
    /// It has done the operations before this index, and what that took.
    case done(upTo: Int, wallNanoseconds: Int, cpuNanoseconds: Int)
    /// It has finished a phase; the digest over the answers, or `-`.
    case end(name: String, digest: String)
    /// It has no further phase.
    case over

    struct Phase: Equatable {
        var name: String
        /// How many operations the plan has.
        var count: Int
        var repetition: PhaseRepetition
        /// The hash of the planned operations.
        var planHash: String
    }

    /// The line, without its line feed.
    var line: String {
        switch self {
        case .phase(let phase): "phase \(phase.name) \(phase.count) \(phase.repetition.rawValue) \(phase.planHash)"
        case .skipped(let name, let reason): "skipped \(name) \(reason)"
        case .done(let end, let wall, let cpu): "done \(end) \(wall) \(cpu)"
        case .end(let name, let digest): "end \(name) \(digest)"
        case .over: "over"
        }
    }

    /// The report of a line, or nil for a line that none has.
    init?(line: String) {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("phase", 5):
            guard let count = Int(words[2]), let repetition = PhaseRepetition(rawValue: words[3]) else { return nil }
            self = .phase(Phase(name: words[1], count: count, repetition: repetition, planHash: words[4]))
        case ("skipped", 3...): self = .skipped(name: words[1], reason: words[2...].joined(separator: " "))
        case ("done", 4):
            guard let end = Int(words[1]), let wall = Int(words[2]), let cpu = Int(words[3]) else { return nil }
            self = .done(upTo: end, wallNanoseconds: wall, cpuNanoseconds: cpu)
        case ("end", 3): self = .end(name: words[1], digest: words[2])
        case ("over", 1): self = .over
        default: return nil
        }
    }
}
