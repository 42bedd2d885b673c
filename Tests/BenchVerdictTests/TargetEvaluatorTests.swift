import BenchResults
import BenchVerdict
import Testing

@Suite struct TargetEvaluatorTests {
    private func target(
        _ comparison: TargetDefinition.Comparison = .atLeast, _ threshold: Double, bar: Double? = nil,
        phase: String? = "get", metric: String = "throughput", unit: String? = nil,
        arm: TargetDefinition.ArmSelector = .init(subject: "strata", allocator: "glibc"),
        relativeTo reference: TargetDefinition.Reference? = nil, aggregate: TargetDefinition.Aggregate = .median,
        profile: Profile = .quick, entities: Int? = nil
    ) -> TargetDefinition {
        TargetDefinition(
            id: "t", source: "s", claim: "c", scenario: "million-inserts", phase: phase, metric: metric, unit: unit,
            arm: arm, reference: reference, aggregate: aggregate, comparison: comparison, threshold: threshold,
            bar: bar,
            minimumProfile: profile, minimumEntities: entities)
    }

    private func judged(
        _ target: TargetDefinition, _ samples: Samples, _ profile: Profile = .quick
    ) throws -> TargetEvaluation {
        let scale = RunScale(profile: profile, entities: ["million-inserts": 100_000])
        return try #require(evaluate([target], samples: samples.rows, scale: scale).first)
    }

    private let standard = TargetDefinition.Reference(arm: .init(subject: "standard"))

    private var ratioOfTwelve: Samples {
        var samples = Samples()
        samples.add([120, 130, 110, 120, 130, 110, 120])
        samples.add([10, 10, 10, 10, 10, 10, 10], subject: "standard", strategy: "-")
        return samples
    }

    @Test func anAbsoluteFigureIsJudgedByItsMedian() throws {
        var samples = Samples()
        samples.add([90, 120, 100])
        let met = try judged(target(.atLeast, 100, bar: 101), samples)
        #expect((met.row.measured, met.row.verdict, met.row.barVerdict) == (100, .met, .missed))
        #expect(met.row.unit == "operations/s" && met.arm == "strata/glibc/bump/1" && met.reference == nil)
        #expect(met.ciLow == 90 && met.ciHigh == 120 && met.n == 3 && met.reason == nil)
        #expect(met.row.scale == "profile quick, 100,000 entities, 3 blocks")
        #expect(try judged(target(.above, 100), samples).row.verdict == .missed)
        #expect(try judged(target(.atMost, 100, bar: 99), samples).row.barVerdict == .missed)
        #expect(try judged(target(.below, 100), samples).row.verdict == .missed)
        #expect(try judged(target(.equal, 100), samples).row.verdict == .met)
        #expect(try judged(target(.atMost, 119, aggregate: .maximum), samples).row.verdict == .missed)
        #expect(try judged(target(.atLeast, 91, aggregate: .minimum), samples).row.measured == 90)
        #expect(try judged(target(.atLeast, 1), samples).row.barVerdict == .notMeasured)
    }

    @Test func aRatioHoldsWhenItsWholeIntervalDoes() throws {
        let met = try judged(target(.atLeast, 10, bar: 12, relativeTo: standard), ratioOfTwelve)
        #expect(try (#require(met.row.measured) - 12).magnitude < 1e-12)
        #expect((met.row.verdict, met.row.barVerdict, met.row.unit) == (.met, .missed, "x"))
        #expect(met.reference == "standard/glibc/-/1")
        #expect(met.row.scale == "profile quick, 100,000 entities, 7 pairs")
        #expect(try judged(target(.atLeast, 11.5, relativeTo: standard), ratioOfTwelve).row.verdict == .missed)
        #expect(try judged(target(.atMost, 12.5, relativeTo: standard), ratioOfTwelve).row.verdict == .missed)
        #expect(try judged(target(.atMost, 13.1, relativeTo: standard), ratioOfTwelve).row.verdict == .met)
    }

    @Test func fewerThanSevenPairsAreNotJudged() throws {
        var few = ratioOfTwelve
        few.rows.removeAll { $0.block > 5 }
        #expect(
            try notMeasured(target(.atLeast, 10, relativeTo: standard), few)
                == "a ratio rests on at least 7 pairs of blocks, and the run has 6")
    }

    @Test func parityHoldsFromJustBelowOne() throws {
        var samples = Samples()
        samples.add([9.6, 10, 10.4, 9.8, 10, 9.9, 10.1])
        samples.add([10, 10, 10, 10, 10, 10, 10], subject: "standard")
        #expect(try judged(target(.atLeast, 1, relativeTo: standard), samples).row.verdict == .met)
        #expect(try judged(target(.above, 1, relativeTo: standard), samples).row.verdict == .missed)
        for block in [0, 3, 5] { samples.rows[block].value = 9.4 }
        #expect(try judged(target(.atLeast, 1, relativeTo: standard), samples).row.verdict == .missed)
    }

    @Test func aReductionIsTheSavedShare() throws {
        var samples = Samples()
        samples.add(
            [30, 36, 39, 30, 36, 39, 30], phase: "write", metric: "snapshot_bytes", unit: "bytes", direction: .lower)
        samples.add(
            [100, 120, 130, 100, 120, 130, 100], subject: "standard", strategy: "-", phase: "load",
            metric: "live_bytes", unit: "bytes", direction: .lower, digest: "load")
        let other = TargetDefinition.Reference(arm: .init(subject: "standard"), phase: "load", metric: "live_bytes")
        let saved = target(
            .atLeast, 0.6, bar: 0.8, phase: nil, metric: "snapshot_bytes", relativeTo: other, aggregate: .reduction)
        let evaluation = try judged(saved, samples)
        #expect(try (#require(evaluation.row.measured) - 0.7).magnitude < 1e-12)
        #expect((evaluation.row.verdict, evaluation.row.barVerdict) == (.met, .missed))
        #expect(evaluation.row.unit == "fraction" && evaluation.reference == "standard/glibc/-/1")
    }

    @Test func theWorstOfSeveralArmsCounts() throws {
        var samples = Samples()
        samples.add([100, 100, 100])
        samples.add([50, 50, 50], strategy: "direct")
        let any = TargetDefinition.ArmSelector(subject: "strata")
        #expect(try judged(target(.atLeast, 60, arm: any), samples).row.verdict == .missed)
        #expect(try judged(target(.atLeast, 60, arm: any), samples).arm == "strata/glibc/direct/1")
        #expect(try judged(target(.atMost, 60, arm: any), samples).arm == "strata/glibc/bump/1")
    }

    @Test func otherSubjectsMayHaveOtherStrategies() throws {
        var samples = ratioOfTwelve
        samples.add([60, 65, 55, 60, 65, 55, 60], subject: "standard", strategy: "bump")
        let evaluation = try judged(target(.atLeast, 10, relativeTo: standard), samples)
        #expect(evaluation.reference == "standard/glibc/bump/1" && evaluation.row.verdict == .missed)
    }

    private func notMeasured(_ target: TargetDefinition, _ samples: Samples, _ profile: Profile = .quick) throws
        -> String
    {
        let evaluation = try judged(target, samples, profile)
        #expect(evaluation.row.verdict == .notMeasured && evaluation.row.barVerdict == .notMeasured)
        #expect(evaluation.row.measured == nil && evaluation.row.scale == "" && evaluation.n == 0)
        return try #require(evaluation.reason)
    }

    @Test func whatIsMissingIsNotMeasuredAndSaysWhy() throws {
        let samples = ratioOfTwelve
        #expect(try notMeasured(target(.atLeast, 1), Samples()) == "the run has no scenario `million-inserts`")
        #expect(
            try notMeasured(target(.atLeast, 1, phase: "open"), samples).hasPrefix("the run has no `throughput` in the")
        )
        #expect(
            try notMeasured(target(.atLeast, 1, arm: .init(subject: "strata", allocator: "jemalloc")), samples)
                == "the run has no arm strata/jemalloc/*/* with `throughput` in the phase `get`")
        #expect(
            try notMeasured(target(.atLeast, 1, relativeTo: .init(arm: .init(subject: "rival"))), samples)
                == "the run has no reference rival/glibc/*/1 with `throughput` in the phase `get`")
        #expect(
            try notMeasured(target(.atLeast, 1, unit: "entities/s"), samples)
                == "`throughput` in the phase `get` is in operations/s, the claim is in entities/s")
    }

    @Test func belowItsSizeNothingIsMeasured() throws {
        let claim = target(.atLeast, 1, bar: 2, profile: .standard)
        #expect(try notMeasured(claim, ratioOfTwelve, .quick) == "measured from the profile `default` on")
        #expect(try judged(claim, ratioOfTwelve, .standard).row.verdict == .met)
        #expect(try judged(claim, ratioOfTwelve, .full).row.verdict == .met)
        let large = target(.atLeast, 1, entities: 1_000_000)
        #expect(try notMeasured(large, ratioOfTwelve, .full) == "measured from 1,000,000 entities on")
        #expect(Profile.quick < .standard && .standard < Profile.full)
    }

    @Test func differingAnswersAreNotJudged() throws {
        var samples = ratioOfTwelve
        samples.rows[0].digest = "d9"
        #expect(try notMeasured(target(.atLeast, 1), samples) == "answers differ between arms")
        #expect(try notMeasured(target(.atLeast, 1, relativeTo: standard), samples) == "answers differ between arms")
        var unproven = ratioOfTwelve
        for index in 0..<7 { unproven.rows[index].digest = SampleRow.noDigest }
        #expect(
            try notMeasured(target(.atLeast, 1, relativeTo: standard), unproven).hasPrefix("answers are not proven"))
    }

    @Test func whatHasNoRatioIsNotMeasured() throws {
        var zero = ratioOfTwelve
        zero.rows[8].value = 0
        #expect(try notMeasured(target(.atLeast, 1, relativeTo: standard), zero).contains("not above zero"))
        var apart = ratioOfTwelve
        for index in 7..<14 { apart.rows[index].block += 10 }
        #expect(try notMeasured(target(.atLeast, 1, relativeTo: standard), apart).hasPrefix("no block has both"))
        var otherUnit = ratioOfTwelve
        for index in 7..<14 { otherUnit.rows[index].unit = "batches/s" }
        #expect(try notMeasured(target(.atLeast, 1, relativeTo: standard), otherUnit).contains("cannot be divided"))
    }

    @Test func aWholeRunIsJudgedAtOnce() {
        var samples = ratioOfTwelve
        samples.add([100, 90, 105], allocator: "jemalloc")
        let verdict = judge(
            samples.rows, targets: [target(.atLeast, 10, relativeTo: standard)], scale: RunScale(profile: .quick),
            run: "run", complete: false)
        #expect(verdict.complete == false && verdict.profile == "quick" && verdict.digestConflicts == [])
        #expect(verdict.targets.map(\.row.verdict) == [.met])
        #expect(verdict.comparisons.map(\.reference) == ["strata/glibc/bump/1", "standard/glibc/-/1"])
    }
}
