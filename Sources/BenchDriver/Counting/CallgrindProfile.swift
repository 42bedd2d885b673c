import BenchMeasurement
import BenchResults

/// What callgrind wrote about one phase: instructions by function, and who called whom how often.
///
/// Format: the valgrind manual, "Callgrind Format Specification". Read is what `--dump-line=no` and
/// `--cache-sim=no` leave: functions with their own cost, and calls. Costs of calls are inclusive and counted where they
/// arise, so they are skipped here.
struct CallgrindProfile: Sendable, Equatable {
    /// What a function did itself.
    struct Function: Sendable, Equatable {
        /// Instructions of the function itself.
        var instructions = 0
        /// Calls of functions by name.
        var calls: [String: Int] = [:]
    }

    /// What made callgrind write: `Client Request: load`, `Program termination`.
    var trigger = ""
    /// The functions by symbol.
    var functions: [String: Function] = [:]
    /// The sum that callgrind states itself.
    var total = 0

    /// The name that the program gave to what was counted, or nil where it did not ask.
    var requestName: String? {
        let prefix = "Client Request: "
        return trigger.hasPrefix(prefix) ? String(trigger.dropFirst(prefix.count)) : nil
    }

    /// Reads a dump.
    ///
    /// - Throws: when it is none, it does not count instructions, or the functions do not add up to its total.
    init(parsing text: String, source: String) throws(DriverError) {
        var reader = Reader(source: source)
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            try reader.read(line, number)
        }
        guard reader.columns != nil else {
            throw DriverError("\(source): this is no dump of callgrind: it names no events")
        }
        self = reader.profile
        let sum = functions.values.reduce(0) { $0 + $1.instructions }
        guard total == 0 || sum == total else {
            throw DriverError("\(source): the functions' instructions add up to \(sum), the dump says \(total)")
        }
        total = sum
    }

    init() {}

    /// Functions that hand out memory, by symbol. A call of one by one of the others is a single allocation, which
    /// belongs to whoever called the outermost.
    static let allocators: Set<String> = [
        "malloc", "calloc", "realloc", "reallocarray", "_mid_memalign", "_mid_memalign.constprop.0", "posix_memalign",
        "aligned_alloc", "memalign", "valloc", "pvalloc",
        "__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_memalign", "mi_malloc", "mi_calloc", "mi_realloc",
        "mi_posix_memalign", "mi_aligned_alloc", "mi_memalign", "tc_malloc", "tc_calloc", "tc_realloc",
        "tc_posix_memalign", "tc_memalign", "_Znwm", "_Znam", "operator new(unsigned long)",
        "operator new[](unsigned long)", "swift_slowAlloc", "swift_slowAllocTyped", "swift_coroFrameAlloc",
        "swift_allocObject", "_swift_allocObject_", "swift_allocBox", "swift_bufferAllocate", "swift_allocError",
    ]

    /// Instructions and allocations by function, most instructions first. Those with less than a thousandth of the
    /// instructions and no allocation stand together as ``FunctionRow/others``, so that the sum stays the phase's.
    func rows(scenario: String, phase: String, arm: String) -> [FunctionRow] {
        var merged: [String: (instructions: Int, allocations: Int)] = [:]
        for (symbol, function) in functions {
            var allocations = 0
            if !Self.allocators.contains(symbol) {
                for (callee, count) in function.calls where Self.allocators.contains(callee) { allocations += count }
            }
            let isSmall = function.instructions < total / 1_000 && allocations == 0
            let name = isSmall ? FunctionRow.others : MangledName.readable(symbol)
            merged[name, default: (0, 0)].instructions += function.instructions
            merged[name, default: (0, 0)].allocations += allocations
        }
        return merged.map { name, cost in
            FunctionRow(
                scenario: scenario, phase: phase, arm: arm, function: name, instructions: cost.instructions,
                allocations: cost.allocations)
        }.sorted { ($0.instructions, $1.function) > ($1.instructions, $0.function) }
    }

    // MARK: The format

    private struct Reader {
        let source: String
        var profile = CallgrindProfile()
        /// How many positions stand in front of the costs, and the place of the instructions among the costs.
        var columns: (positions: Int, instructions: Int)?
        /// The line after `calls=` has the inclusive cost of the call.
        private var skipsCost = false
        private var positions = 1
        private var names: [Substring: String] = [:]
        private var function: String?
        private var callee: String?

        init(source: String) { self.source = source }

        mutating func read(_ line: Substring, _ number: Int) throws(DriverError) {
            guard let first = line.utf8.first else { return }
            switch first {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"):
                try cost(line, number)
            default:
                try words(line, number)
            }
        }

        private mutating func words(_ line: Substring, _ number: Int) throws(DriverError) {
            if let value = after("fn=", line) {
                function = try name(value, number)
                if let function, profile.functions[function] == nil {
                    profile.functions[function] = CallgrindProfile.Function()
                }
            } else if let value = after("cfn=", line) {
                callee = try name(value, number)
            } else if let value = after("calls=", line) {
                try call(value, number)
            } else if let value = after("desc: Trigger: ", line) {
                profile.trigger = String(value)
            } else if let value = after("positions:", line) {
                positions = value.split(separator: " ").count
            } else if let value = after("events:", line) {
                guard let place = value.split(separator: " ").firstIndex(of: "Ir") else {
                    throw failure(number, "the dump counts no instructions (`Ir`)")
                }
                columns = (positions, place)
            } else if let value = after("totals:", line), let columns {
                // A dump in which nothing was counted has no number here.
                let values = value.split(separator: " ")
                profile.total = columns.instructions < values.count ? Int(values[columns.instructions]) ?? 0 : 0
            }
        }

        private mutating func call(_ value: Substring, _ number: Int) throws(DriverError) {
            guard let function, let callee, let count = value.split(separator: " ").first.flatMap({ Int($0) }) else {
                throw failure(number, "a call names its caller, its callee and how often: `\(value)` does not")
            }
            profile.functions[function, default: Function()].calls[callee, default: 0] += count
            skipsCost = true
        }

        private mutating func cost(_ line: Substring, _ number: Int) throws(DriverError) {
            if skipsCost {
                skipsCost = false
                return
            }
            guard let columns, let function else { throw failure(number, "a cost stands outside of a function") }
            let place = columns.positions + columns.instructions
            let fields = line.split(separator: " ")
            // Costs that are zero at the end of a line are left out.
            guard place < fields.count else { return }
            guard let cost = Int(fields[place]) else { throw failure(number, "`\(fields[place])` is no cost") }
            profile.functions[function, default: Function()].instructions += cost
        }

        /// A name, which stands in full at its first use and as its number afterwards: `(12) main`, then `(12)`.
        private mutating func name(_ value: Substring, _ number: Int) throws(DriverError) -> String {
            guard value.first == "(", let end = value.firstIndex(of: ")") else { return Self.plain(value) }
            let key = value[...end]
            let rest = value[value.index(after: end)...].drop { $0 == " " }
            if rest.isEmpty {
                guard let known = names[key] else { throw failure(number, "the name \(key) was not given before") }
                return known
            }
            let name = Self.plain(rest)
            names[key] = name
            return name
        }

        /// The symbol without the mark of a recursion level, `'2`.
        private static func plain(_ value: Substring) -> String {
            if let mark = value.lastIndex(of: "'"), value[value.index(after: mark)...].allSatisfy(\.isWholeNumber) {
                return String(value[..<mark])
            }
            return String(value)
        }

        private func after(_ prefix: String, _ line: Substring) -> Substring? {
            line.utf8.starts(with: prefix.utf8) ? line.dropFirst(prefix.count).drop { $0 == " " } : nil
        }

        private func failure(_ line: Int, _ message: String) -> DriverError {
            DriverError("\(source):\(line): \(message)")
        }
    }
}
