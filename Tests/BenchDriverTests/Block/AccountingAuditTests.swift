import BenchResults
import Glibc
import Testing

@testable import BenchDriver

@Suite("A subject's account of its memory")
struct AccountingAuditTests {
    private func errors(_ audit: AccountingAudit) -> [String: Double] {
        Dictionary(uniqueKeysWithValues: audit.measurements.map { ($0.metric, $0.value) })
    }

    @Test("It is measured against the allocator and the kernel, too high as too low")
    func bothSides() {
        let audit = AccountingAudit(
            accountedBytes: 98, accountedResidentBytes: 110, liveBytes: 100, residentBytes: 100)
        #expect(
            errors(audit)
                == [
                    "accounting_error_live": 0.02, "accounting_error_resident": 0.1, "accounting_reserve": 0,
                    "accounting_error": 0.1,
                ])
        let exact = AccountingAudit(accountedBytes: 100, accountedResidentBytes: 40, liveBytes: 100, residentBytes: 50)
        #expect(errors(exact)["accounting_error_live"] == 0 && errors(exact)["accounting_error"] == 0.2)
    }

    @Test("What the allocator keeps free may be resident or not, and is nobody else's")
    func reserves() {
        func error(_ accounted: UInt64, reserve: UInt64) -> Double? {
            let audit = AccountingAudit(
                accountedBytes: 100, accountedResidentBytes: accounted, liveBytes: 100, residentBytes: 200,
                reserveBytes: reserve)
            #expect(errors(audit)["accounting_reserve"] == min(1, Double(reserve) / 200))
            return errors(audit)["accounting_error_resident"]
        }
        for (accounted, expected) in [(180, 0), (190, 0), (200, 0), (170, 0.05), (210, 0.05)] as [(UInt64, Double)] {
            #expect(error(accounted, reserve: 20) == expected, "\(accounted)")
        }
        #expect(error(0, reserve: 1 << 40) == 0)
        #expect(error(300, reserve: 1 << 40) == 0.5)
    }

    @Test("Nothing is said where nothing is known")
    func unknown() {
        #expect(AccountingAudit().measurements.isEmpty)
        #expect(AccountingAudit(accountedBytes: 5, residentBytes: 5).measurements.isEmpty)
        #expect(AccountingAudit(accountedBytes: 5, liveBytes: 0).measurements.isEmpty)
        #expect(AccountingAudit(liveBytes: 5, residentBytes: 5).measurements.isEmpty)
        let live = AccountingAudit(accountedBytes: 5, accountedResidentBytes: 5, liveBytes: 4)
        #expect(errors(live) == ["accounting_error_live": 0.25, "accounting_error": 0.25])
    }

    @Test("A subject that accounts for nothing has no such rows, and one that does has them")
    func rows() async throws {
        // In a process of its own: other tests take and give back memory beside this one.
        await #expect(processExitsWith: .success) {
            let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 10 }")
            #expect(try !TestJob.run(phases).metrics(phase: "read").contains("accounting_error"))
            let result = try TestJob.run(
                phases,
                on: { _ in
                    // Memory that the allocator tells of; the process ends with it.
                    let block = malloc(8 << 20)!
                    memset(block, 1, 8 << 20)
                    return LyingSubject(Witness(), PhaseReport(accountedBytes: 1 << 50, accountedResidentBytes: 1))
                })
            // No process of this machine holds so much.
            #expect(try #require(result.value("accounting_error_live", phase: "read")) > 1)
        }
    }

    @Test("What a subject counts of a part is held against what is resident beyond the other parts")
    func parts() async throws {
        await #expect(processExitsWith: .success) {
            let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 10 }")
            func ratio(others: UInt64) throws -> Double? {
                try TestJob.run(
                    phases,
                    on: { _ in
                        let block = malloc(8 << 20)!
                        memset(block, 1, 8 << 20)
                        return LyingSubject(Witness(), PhaseReport(liveBytes: 1 << 20, otherResidentBytes: others))
                    }
                ).value("fragmentation_ratio", phase: "read")
            }
            let whole = try #require(try ratio(others: 0))
            #expect(whole >= 8)
            #expect(abs(try #require(try ratio(others: 4 << 20)) - whole + 4) < 2)
            #expect(try ratio(others: 1 << 40) == 0)
        }
    }
}
