import BenchResults

/// Where and with what it was measured, and how to run it again.
struct EnvironmentSection {
    var data: RunData

    func blocks() -> [Document.Block] {
        var blocks: [Document.Block] = [.heading(2, "Environment")]
        if let environment = data.environment {
            blocks += [facts(environment), allocators(environment)]
        } else {
            blocks.append(.paragraph(.plain("The run holds no environment.json: machine and allocators are unknown.")))
        }
        blocks.append(.heading(2, "How to run it again"))
        if let command = data.command, !command.isEmpty {
            let again = RunAgain(data: data)
            if let whole = again.command {
                blocks += [
                    .paragraph(.plain("The run was called so:")), .code(command),
                    .paragraph(
                        .plain("With what that left to defaults, as they were then, and without what changes nothing:")),
                    .code(whole),
                ]
            } else {
                blocks.append(.code(command))
            }
            if !data.workloads.isEmpty {
                blocks.append(
                    .paragraph(
                        .sentence(
                            "`strata rerun` with this run's folder repeats the very scenarios that it kept, whatever has become"
                                + " of those that are shipped.")))
            }
        } else {
            blocks.append(.paragraph(.plain("The run holds no command.txt: its arguments are unknown.")))
        }
        return blocks
    }

    private func facts(_ environment: Environment) -> Document.Block {
        let machine = environment.machine
        var facts: [(String, String)] = [
            ("Started", environment.startedAt), ("Profile", environment.profile), ("Processor", machine.cpuModel),
            ("Cores", "\(machine.cores)"), ("Memory", Unit.bytes.text(Double(machine.memoryBytes))),
            ("Architecture", machine.architecture),
        ]
        if let virtualization = machine.virtualization { facts.append(("Virtualization", virtualization)) }
        facts += [("Kernel", environment.kernel), ("C library", environment.libc), ("Swift", environment.swiftVersion)]
        let state = environment.dirty.map { $0 ? ", with changes that are not committed" : "" } ?? ""
        facts.append(("Commit", environment.commit.map { $0 + state } ?? "unknown"))
        if !environment.buildFlags.isEmpty {
            facts.append(("Build", environment.buildFlags.joined(separator: " ")))
        }
        facts.append(("Transparent huge pages", environment.transparentHugePages ?? "unknown"))
        let noise = (environment.noiseFloor ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key) \(Unit.fraction.text($0.value))" }
        if !noise.isEmpty { facts.append(("Noise between equal arms", noise.joined(separator: ", "))) }
        facts += conditions(environment)
        let hashes = RunData.unique(data.samples.map { "\($0.scenario) \($0.scenarioHash)" })
        if !hashes.isEmpty { facts.append(("Scenario hashes", hashes.joined(separator: ", "))) }
        return .table(
            .init(
                columns: [.init(title: "What", alignment: .left), .init(title: "Value", alignment: .left)],
                rows: facts.map { [.plain($0.0), .plain($0.1)] }))
    }

    /// What the harness and the rest of the machine did to the figures, as far as the run wrote it down.
    private func conditions(_ environment: Environment) -> [(String, String)] {
        var facts: [(String, String)] = []
        func add(_ what: String, _ value: Double?, _ unit: Unit) {
            if let value { facts.append((what, unit.shortText(value))) }
        }
        add("Reading the clock", environment.clockNanoseconds, .nanoseconds)
        // What each block wrote down is told with the rounds, once.
        guard !data.blockRows.contains(where: { $0.stolenSeconds != nil || $0.cpuPressureSeconds != nil }) else {
            return facts
        }
        add("Processor time stolen by the hypervisor", environment.stolenSeconds, .seconds)
        add("Some task waited for a processor", environment.cpuPressureSeconds, .seconds)
        add("Some task waited for memory", environment.memoryPressureSeconds, .seconds)
        add("Some task waited for the disk", environment.diskPressureSeconds, .seconds)
        return facts
    }

    private func options(_ allocator: Environment.Allocator) -> String {
        guard allocator.options.isEmpty else { return allocator.options }
        return allocator.skipped == nil ? "defaults" : "–"
    }

    private func allocators(_ environment: Environment) -> Document.Block {
        let columns = ["Allocator", "Version", "Options", "Proven owner of malloc", "Library"]
        return .table(
            .init(
                columns: columns.map { .init(title: $0, alignment: .left) },
                rows: environment.allocators.map { allocator in
                    [
                        .plain(allocator.name), .plain(allocator.version ?? "–"),
                        .plain(options(allocator)),
                        .plain(allocator.skipped == nil ? allocator.ownsMalloc ?? "not proven" : "skipped"),
                        .plain(allocator.path ?? "–"),
                    ]
                }))
    }
}
