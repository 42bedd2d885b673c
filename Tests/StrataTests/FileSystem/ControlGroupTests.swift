import Glibc
import Strata
import Testing

/// The tables of the kernel, kept in memory: what stands in them is copied from real machines.
@Suite struct ControlGroupTests {
    private static let version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate"
    private static let version1 =
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:16 master:2 - cgroup cgroup rw,memory"
    private static let others = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        """

    private func files(_ groups: String, _ mounts: [String], _ limits: [String: String]) -> MemoryFileSystem {
        let files = MemoryFileSystem()
        files["/proc/self/cgroup"] = Array(groups.utf8)
        files["/proc/self/mountinfo"] = Array((([Self.others] + mounts).joined(separator: "\n") + "\n").utf8)
        for (path, text) in limits { files["/sys/fs/cgroup/" + path] = Array((text + "\n").utf8) }
        return files
    }

    private func limit(_ groups: String, _ mounts: [String], _ limits: [String: String]) -> Int? {
        ControlGroup.memoryLimit(fileSystem: files(groups, mounts, limits))
    }

    @Test func theSmallestLimitUpToTheRootCounts() {
        let limits = [
            "memory.max": "max", "a/memory.max": "900", "a/b/memory.max": "max", "a/b/c/memory.max": "1000",
            "a/other/memory.max": "1", "memory/memory.limit_in_bytes": "2",
        ]
        #expect(limit("0::/a/b/c\n", [Self.version2], limits) == 900)
        #expect(limit("0::/a/b\n", [Self.version2], limits) == 900)
        #expect(limit("0::/\n", [Self.version2], limits) == nil)
        #expect(limit("0::/a/b/c\n", [Self.version2], ["a/b/c/memory.max": "1000"]) == 1_000)
        // A group that was removed, and one whose name is the start of another's.
        #expect(limit("0::/a/b/c/gone (deleted)\n", [Self.version2], limits) == 900)
        #expect(limit("0::/a2\n", [Self.version2], limits) == nil)
    }

    @Test func version1IsReadLikeVersion2() {
        let limits = [
            "memory/memory.limit_in_bytes": "9223372036854771712", "memory/a/memory.limit_in_bytes": "5000000000",
            "memory/a/b/memory.limit_in_bytes": "9223372036854771712", "cpu,cpuacct/a/memory.limit_in_bytes": "7",
        ]
        let groups = "12:pids:/a\n4:cpu,cpuacct:/x\n3:hugetlb,memory:/a/b\n1:name=systemd:/z\n"
        #expect(limit(groups, [Self.version1], limits) == 5_000_000_000)
        #expect(limit("3:memory:/\n", [Self.version1], limits) == nil)
        #expect(limit("3:memoryless:/a\n", [Self.version1], limits) == nil)
    }

    /// Both designs mounted at once, the memory in one of them.
    @Test func theTwoDesignsStandSideBySide() {
        let unified = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"
        let groups = "4:memory:/a\n0::/b\n"
        let limits = ["memory/a/memory.limit_in_bytes": "4096", "unified/b/cgroup.procs": "1"]
        #expect(limit(groups, [Self.version1, unified], limits) == 4_096)
        var both = limits
        both["unified/b/memory.max"] = "4000"
        #expect(limit(groups, [unified, Self.version1], both) == 4_000)
    }

    /// A container sees its own group only: the mount's root is the group, or the path goes up out of the namespace.
    @Test func inAContainerTheTopOfTheMountCounts() {
        let mount = "30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw"
        let limits = ["memory.max": "600", "x/memory.max": "500", "docker/abc/memory.max": "1"]
        #expect(limit("0::/docker/abc\n", [mount], limits) == 600)
        #expect(limit("0::/docker/abc/x\n", [mount], limits) == 500)
        #expect(limit("0::/docker/abcd\n", [mount], limits) == 600)
        #expect(limit("0::/\n", [mount], limits) == 600)
        #expect(limit("0::/../../other\n", [Self.version2], limits) == 600)
    }

    @Test func namesMayHoldBlanksAndColons() {
        let mount = #"30 23 0:26 / /sys/fs/cgroup/my\040group\134s rw - cgroup2 none rw"#
        #expect(limit("0::/a:b/c d\n", [mount], [#"my group\s/a:b/c d/memory.max"#: "321"]) == 321)
    }

    @Test(arguments: ["", "max", "max\n", "-1", "many", "1e6", "9223372036854771712", "99999999999999999999"])
    func whatIsNoLimitIsNone(text: String) {
        #expect(limit("0::/a\n", [Self.version2], ["a/memory.max": text]) == nil)
        #expect(limit("0::/a\n", [Self.version2], ["a/memory.max": text, "memory.max": "77"]) == 77)
    }

    @Test func withoutTheTablesThereIsNoLimit() {
        #expect(ControlGroup.memoryLimit(fileSystem: MemoryFileSystem()) == nil)
        #expect(limit("", [Self.version2], ["memory.max": "5"]) == nil)
        #expect(limit("0::/a\nrubbish\n:::\n0::relative\n", [], [:]) == nil)
        #expect(limit("0::/a\n", ["1 2 3", "- cgroup2", "1 2 3 4 5 6 - cgroup2"], ["memory.max": "5"]) == nil)
    }

    /// Whichever call fails, the answer is none or right, and nothing stays open.
    @Test func aTableThatCannotBeReadIsNoFailure() {
        let all = files("0::/a/b\n", [Self.version2], ["a/memory.max": "900", "a/b/memory.max": "800"])
        for call in 1...20 {
            let failing = FailingFileSystem(all, failing: call, with: EIO)
            let limit = ControlGroup.memoryLimit(fileSystem: failing)
            #expect(limit == nil || limit == 800 || limit == 900, "call \(call)")
            if !failing.hasFailed { #expect(limit == 800) }
            #expect(all.openCount == 0)
        }
    }

    @Test func aLongTableIsReadToItsEnd() {
        let many = (0..<2_000).map { "\($0 + 100) 1 0:\($0) / /mnt/\($0) rw,relatime - tmpfs tmpfs rw" }
        #expect(limit("0::/a\n", many + [Self.version2], ["a/memory.max": "12"]) == 12)
    }

    @Test func theSystemsOwnTablesAreReadWithoutFailure() {
        let limit = ControlGroup.memoryLimitOfProcess
        #expect(limit.map { $0 >= 0 } ?? true)
        #expect(limit == ControlGroup.memoryLimitOfProcess)
    }
}
