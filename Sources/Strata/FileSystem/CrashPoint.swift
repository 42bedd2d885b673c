/// What a crash at one moment may leave of a ``SimulatedFileSystem``: any of a number of states of its disk.
///
/// For each change of names that was not synchronized it is open whether it is there; for each file, which of its lengths
/// since the last synchronization it has; and for each sector written since then, which of its versions
/// (``SimulatedFileSystem`` tells why). The states are all combinations. Different ones may look alike.
public struct CrashPoint: Sendable {
    /// A thing that is open, and in how many ways.
    private enum Question {
        case change
        case length(of: Int, ways: Int)
        case sector(of: Int, ways: Int)

        var ways: Int {
            switch self {
            case .change: 2
            case .length(_, let ways), .sector(_, let ways): ways
            }
        }
    }

    private let disk: SimulatedDisk
    private let questions: [Question]
    /// The files that names may lead to after the crash.
    private let numbers: [Int]

    init(_ disk: SimulatedDisk) {
        self.disk = disk
        var entries = Set(disk.durable.values)
        for case .some(let added) in disk.changes.map(\.added) { entries.insert(added.entry) }
        numbers = entries.compactMap { if case .file(let number) = $0 { number } else { nil } }.sorted()
        var questions = disk.changes.map { _ in Question.change }
        for number in numbers {
            let file = disk.files[number]!
            questions.append(.length(of: number, ways: file.lengths.count + 1))
            for index in file.sectors.keys.sorted() {
                questions.append(.sector(of: number, ways: file.sectors[index]!.count + 1))
            }
        }
        self.questions = questions
    }

    /// How many states there are; nil when they are more than an `Int` can count.
    public var stateCount: Int? {
        var count = 1
        for question in questions {
            let (product, overflow) = count.multipliedReportingOverflow(by: question.ways)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    /// The state of this number, from 0: as nothing that was not synchronized had reached the disk, to
    /// ``stateCount`` - 1: as all had.
    public func state(_ number: Int) -> SimulatedFileSystem {
        var rest = number
        return state { ways in
            defer { rest /= ways }
            return rest % ways
        }
    }

    /// A state at random. One in four times each question is answered for itself; else with mostly the oldest, mostly the
    /// newest, or either of the two, which is what finds most.
    public func state(using generator: inout some RandomNumberGenerator) -> SimulatedFileSystem {
        let bias = Int.random(in: 0..<4, using: &generator)
        return state { ways in
            let any = Int.random(in: 0..<ways, using: &generator)
            let isRare = Int.random(in: 0..<8, using: &generator) == 0
            return switch bias {
            case 0: any
            case 1: isRare ? any : 0
            case 2: isRare ? any : ways - 1
            default: Bool.random(using: &generator) ? 0 : ways - 1
            }
        }
    }

    /// All states when there are no more than `limit`, else `limit` of them at random.
    ///
    /// - Returns: whether it was all.
    @discardableResult
    public func forEachState<Failure: Error>(
        limit: Int, using generator: inout some RandomNumberGenerator,
        _ body: (SimulatedFileSystem) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        if let count = stateCount, count <= limit {
            for number in 0..<count { try body(state(number)) }
            return true
        }
        for _ in 0..<limit { try body(state(using: &generator)) }
        return false
    }

    private func state(_ answer: (_ ways: Int) -> Int) -> SimulatedFileSystem {
        var names = disk.durable
        var lengths: [Int: Int] = [:]
        var versions: [Int: [Int]] = [:]
        for (index, question) in questions.enumerated() {
            let chosen = answer(question.ways)
            switch question {
            case .change: if chosen == 1 { disk.changes[index].apply(to: &names) }
            case .length(let file, _): lengths[file] = chosen
            case .sector(let file, _): versions[file, default: []].append(chosen)
            }
        }
        var left = SimulatedDisk(keepsHistory: true)
        left.capacity = disk.capacity
        var copies: [Int: Int] = [:]
        for number in numbers where names.values.contains(.file(number)) {
            let bytes = disk.files[number]!.crashed(length: lengths[number] ?? 0, versions: versions[number] ?? [])
            copies[number] = left.makeFile(bytes)
        }
        for (path, entry) in names where hasFolders(path, names) {
            switch entry {
            case .folder: left.live[path] = .folder
            case .file(let number): left.live[path] = .file(copies[number]!)
            }
        }
        left.durable = left.live
        return SimulatedFileSystem(left)
    }

    /// Whether all folders on the way to a path are there.
    private func hasFolders(_ path: String, _ names: [String: SimulatedDisk.Entry]) -> Bool {
        var folder = AtomicFileWriter.folder(of: path)
        while folder != ".", folder != "/" {
            guard names[folder] == .folder else { return false }
            folder = AtomicFileWriter.folder(of: folder)
        }
        return true
    }
}
