import BenchResults
import BenchVerdict

extension ArmTables {
    /// What each arm held and touched, with how to read it; nil when the run did not measure it.
    func memory(settled: String? = nil) -> (explained: String, table: Document.Block)? {
        let delays = RunData.unique(summaries.map(\.metric)).filter { Drain.delay(of: $0) != nil }
            .sorted { Drain.seconds($0) < Drain.seconds($1) }
        let arms = names.all.filter { name in
            summaries.contains {
                names.name(of: $0.arm) == name
                    && ["resident_bytes_peak", "live_bytes", "minor_faults"].contains($0.metric)
            }
        }
        guard !arms.isEmpty else { return nil }
        let ends = phasesOfRatios(delays)
        var columns: [(title: String, texts: [String])] = [
            ("Resident, peak", arms.map { bytes("resident_bytes_peak", of: $0) }),
            ("Live, peak", arms.map { bytes(liveMetric(of: $0), of: $0) }),
        ]
        let drained = delays.map { metric in
            (
                title: "Resident, \(Drain.delay(of: metric).map(Drain.text) ?? metric) after",
                texts: arms.map { bytes(metric, of: $0) }
            )
        }
        // Readings that are the same as the last one everywhere need no column of their own.
        let shown = drained.enumerated().filter {
            $0.offset == drained.count - 1 || $0.element.texts != drained.last?.texts
        }
        .map(\.element)
        columns += shown
        var isBelowOne = false
        for phase in ends {
            let ratios = arms.map { ratio(at: phase, of: $0) }
            guard ratios.contains(where: { $0.map { $0 >= 1 } ?? false }) else { continue }
            isBelowOne = isBelowOne || ratios.contains { $0.map { $0 < 1 } ?? false }
            columns.append(
                (
                    "Resident / live at the end of \(phase)",
                    ratios.map { $0.map { $0 < 1 ? "below 1" : Unit.ratio.text($0) } ?? "–" }
                ))
        }
        columns.append(("Bytes per entity", arms.map { bytes("bytes_per_entity", of: $0) }))
        for (title, metric) in [("Minor faults", "minor_faults"), ("Major faults", "major_faults")] {
            let totals = arms.map { total(metric, of: $0) }
            guard totals.contains(where: { $0 ?? 0 > 0 }) else { continue }
            columns.append((title, totals.map { $0.map(Unit.count.text) ?? "–" }))
        }
        let table = Document.Table(
            columns: [.init(title: "Arm", alignment: .left)]
                + columns.map { .init(title: $0.title, alignment: .right) },
            rows: arms.enumerated().map { place, arm in
                [.plain(arm)] + columns.map { .plain($0.texts[place]) }
            })
        var sentences = [
            "Bytes are the largest of any phase in each block, and of that the median over the blocks; in brackets their"
                + " range, where blocks differ by more than 5 %. Resident bytes are private memory less what the"
                + " process held before set-up; live bytes are what the store counts, or else the allocator. Their ratio is taken at the end of a phase: what an allocator has"
                + " not given back by then of the phase's temporary memory is in it."
        ]
        if isBelowOne {
            sentences.append(
                "Below 1 a ratio says nothing: live bytes also lie in pages that the process held before set-up, which"
                    + " resident bytes leave out.")
        }
        if drained.count > shown.count {
            sentences.append("The earlier readings after the drain are the same as the last.")
        }
        if let settled { sentences.append(settled) }
        return (sentences.joined(separator: " "), .table(withoutEmptyColumns(table)))
    }

    /// The phases at whose end resident and live bytes are compared: the one with the largest peak, and the one after
    /// which the run waited.
    private func phasesOfRatios(_ delays: [String]) -> [String] {
        let ratios = summaries.filter { $0.metric == "fragmentation_ratio" }
        let phases = RunData.unique(ratios.map(\.phase))
        // One phase for all arms: that of the first subject, which the report is about.
        let subject = names.arms.first?.subject
        func peak(_ phase: String) -> Double {
            summaries.filter { $0.metric == "resident_bytes_peak" && $0.phase == phase && $0.subject == subject }
                .map(\.median).max() ?? 0
        }
        // Of equals the first: what comes after it holds no more.
        var largest = phases.first
        for phase in phases where peak(phase) > peak(largest ?? phase) * BlockBytes.evenness { largest = phase }
        let drain = summaries.last { $0.metric == delays.last }?.phase
        return RunData.unique([largest, drain].compactMap(\.self).filter(phases.contains))
    }

    private func own(_ metric: String, of name: String) -> [SummaryRow] {
        summaries.filter { $0.metric == metric && names.name(of: $0.arm) == name }
    }

    /// What the store counts is the same on every allocator; where it does not count, the allocator does.
    private func liveMetric(of name: String) -> String {
        own("subject_live_bytes", of: name).isEmpty ? "live_bytes" : "subject_live_bytes"
    }

    private func bytes(_ metric: String, of name: String) -> String {
        BlockBytes(samples.lazy.filter { $0.metric == metric && names.name(of: $0.arm) == name }).text ?? "–"
    }

    private func ratio(at phase: String, of name: String) -> Double? {
        // A ratio to live bytes that nobody told is none.
        guard !own(liveMetric(of: name), of: name).isEmpty else { return nil }
        return own("fragmentation_ratio", of: name).filter { $0.phase == phase }.map(\.median).max()
    }

    private func total(_ metric: String, of name: String) -> Double? {
        let values = own(metric, of: name).map(\.median)
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}
