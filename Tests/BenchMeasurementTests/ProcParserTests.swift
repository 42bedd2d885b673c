import Testing

@testable import BenchMeasurement

@Suite("Parsers of /proc")
struct ProcParserTests {
    @Test("statm: pages become bytes, private is resident without shared")
    func memory() throws {
        let memory = try parseMemory("1000 300 120 5 0 200 0\n")
        #expect(memory.virtualBytes == 4_096_000)
        #expect(memory.residentBytes == 300 * 4096)
        #expect(memory.sharedBytes == 120 * 4096)
        #expect(memory.privateBytes == 180 * 4096)
    }

    @Test(
        "statm: what is cut short, empty or too large is an error, never zero",
        arguments: ["", "12", "1 2", "x y z", "1 99999999999999999999999 3"])
    func brokenMemory(text: String) {
        #expect(throws: MeasurementError.self) { try parseMemory(text) }
    }

    @Test("stat: the command may hold blanks and brackets")
    func times() throws {
        let text = "17 (a) b (c)) R 1 2 3 4 5 6 101 0 202 0 303 404 0 0 20 0 1 0 505 0\n"
        let times = try ProcessTimes.parse(text)
        #expect(times.minorFaults == 101)
        #expect(times.majorFaults == 202)
        #expect(times.userTicks == 303)
        #expect(times.systemTicks == 404)
        #expect(times.startTicks == 505)
        #expect(throws: MeasurementError.self) { try ProcessTimes.parse("17 (cut) R 1 2") }
        #expect(throws: MeasurementError.self) { try ProcessTimes.parse("no bracket") }
    }

    @Test("status: kilobytes become bytes, a missing field is named")
    func status() throws {
        let text = """
            Name:\tx
            VmHWM:\t    20 kB
            RssAnon:\t    7 kB
            Threads:\t3
            voluntary_ctxt_switches:\t11
            nonvoluntary_ctxt_switches:\t12
            """
        let status = try ProcessStatus.parse(text)
        #expect(status.residentPeakBytes == 20_480)
        #expect(status.anonymousBytes == 7_168)
        #expect(status.threads == 3)
        #expect(status.voluntarySwitches == 11)
        #expect(status.involuntarySwitches == 12)
        let error = #expect(throws: MeasurementError.self) {
            try ProcessStatus.parse(text.replacing("RssAnon", with: "RssElse"))
        }
        #expect(error?.description.contains("RssAnon") == true)
    }

    @Test("maps: files, pseudo files, nameless mappings and blanks in paths")
    func maps() throws {
        let text = """
            7f00-7fff r-xp 00000000 08:01 42                         /usr/lib/with blank.so
            8000-9000 rw-p 00000000 00:00 0
            a000-b000 rw-p 00000000 00:00 0                          [heap]
            """
        let mappings = try MemoryMapping.parse(text)
        #expect(mappings.map(\.path) == ["/usr/lib/with blank.so", "", "[heap]"])
        #expect(mappings[0].start == 0x7f00 && mappings[0].end == 0x7fff)
        #expect(mappings[0].permissions == "r-xp")
        #expect(throws: MeasurementError.self) { try MemoryMapping.parse("not a mapping") }
    }

    @Test("smaps_rollup: a missing field is an error")
    func rollup() throws {
        let text = "header [rollup]\nRss: 10 kB\nPss: 9 kB\nAnonymous: 8 kB\nAnonHugePages: 0 kB\nSwap: 1 kB\n"
        let rollup = try MemoryRollup.parse(text)
        #expect(rollup.anonymousBytes == 8_192)
        #expect(rollup.anonymousHugeBytes == 0)
        #expect(throws: MeasurementError.self) { try MemoryRollup.parse(text.replacing("Swap", with: "Swip")) }
    }

    @Test("Steal and pressure: nil where the kernel has none, an error where the text is broken")
    func conditions() throws {
        #expect(try SystemConditions.stolenTicks("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1\n") == 8)
        #expect(try SystemConditions.stolenTicks("cpu  1 2 3 4\n") == nil)
        #expect(throws: MeasurementError.self) { try SystemConditions.stolenTicks("intr 1\n") }
        let pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total=123\nfull avg10=0.00 total=4\n"
        #expect(try SystemConditions.someTotal(pressure, source: "test") == 123)
        #expect(throws: MeasurementError.self) { try SystemConditions.someTotal("full total=4", source: "test") }
        let before = SystemConditions(stolenNanoseconds: 5, processorPressureMicroseconds: nil)
        let after = SystemConditions(stolenNanoseconds: 9, processorPressureMicroseconds: 3)
        #expect(after.since(before) == SystemConditions(stolenNanoseconds: 4))
    }

    @Test("The machine's facts: brackets, cache sizes, fields of cpuinfo")
    func facts() {
        #expect(MachineFingerprint.bracketed("always [madvise] never") == "madvise")
        #expect(MachineFingerprint.bracketed("none") == nil)
        #expect(MachineFingerprint.cacheSize("512K") == 524_288)
        #expect(MachineFingerprint.cacheSize("32M") == 33_554_432)
        #expect(MachineFingerprint.cacheSize("x") == nil)
        let cpu = "model\t\t: 6\nmodel name\t: Fast One @ 3 GHz\nflags\t\t: a b\n"
        #expect(MachineFingerprint.cpuField("model name", in: cpu) == "Fast One @ 3 GHz")
        #expect(MachineFingerprint.cpuField("absent", in: cpu) == nil)
    }

    @Test("The loader's cache: the first path of a name wins")
    func loaderCache() {
        let text = """
            2 libs found in cache `/etc/ld.so.cache'
            \tliba.so.1 (libc6,x86-64) => /usr/lib/liba.so.1
            \tliba.so.1 (libc6) => /lib32/liba.so.1
            """
        #expect(AllocatorLibrary.parseLoaderCache(text) == ["liba.so.1": "/usr/lib/liba.so.1"])
    }

    private func parseMemory(_ text: String) throws -> ProcessMemory {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { try ProcessMemory.parse($0, pageSize: 4096) }
    }
}
