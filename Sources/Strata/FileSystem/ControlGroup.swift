/// The memory limit that the process's control groups set, version 1 and version 2 alike.
///
/// A limit holds for a group and for all groups inside it, so the smallest one from the process's own group up to the
/// root counts. Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, and proc(5) for
/// the two tables that say where a process's group is.
public enum ControlGroup {
    /// The limit that held when it was first asked for, in bytes; nil for none.
    public static let memoryLimitOfProcess = memoryLimit(fileSystem: RealFileSystem())

    /// The smallest limit over the calling process, in bytes; nil when there is none, or the system does not tell.
    ///
    /// - Parameter fileSystem: where `/proc` and the control groups' folders are.
    /// - Complexity: O(depth of the groups), some tens of system calls.
    public static func memoryLimit(fileSystem: some FileSystem) -> Int? {
        guard let groups = text("/proc/self/cgroup", fileSystem), let mounts = text("/proc/self/mountinfo", fileSystem)
        else { return nil }
        let memberships = groups.split(separator: "\n").compactMap(Membership.init)
        var limit: Int?
        for mount in mounts.split(separator: "\n").compactMap(Mount.init) {
            guard let membership = memberships.first(where: { $0.version == mount.version }) else { continue }
            for folder in folders(of: membership.path, in: mount) {
                guard let value = self.limit(in: folder, mount.version, fileSystem) else { continue }
                limit = Swift.min(limit ?? value, value)
            }
        }
        return limit
    }

    /// The two designs of control groups that hold memory.
    private enum Version {
        case one
        case two
    }

    /// A line of `/proc/self/cgroup`: number, controllers, path of the group. Version 2 has the number 0 and names no
    /// controllers.
    private struct Membership {
        let version: Version
        let path: Substring

        init?(_ line: Substring) {
            // The path may hold colons itself.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { return nil }
            if fields[0] == "0", fields[1].isEmpty {
                version = .two
            } else if fields[1].split(separator: ",").contains("memory") {
                version = .one
            } else {
                return nil
            }
            path = fields[2]
        }
    }

    /// A line of `/proc/self/mountinfo`, where it is of a hierarchy that may hold memory.
    private struct Mount {
        let version: Version
        /// The group that stands at `point`.
        let root: String
        let point: String

        init?(_ line: Substring) {
            // number, parent, device, root, point, options, any number of tags, "-", type, source, super options
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
            switch fields[dash + 1] {
            case "cgroup2": version = .two
            case "cgroup":
                guard fields[dash + 3].split(separator: ",").contains("memory") else { return nil }
                version = .one
            default: return nil
            }
            root = ControlGroup.unescaped(fields[3])
            point = ControlGroup.unescaped(fields[4])
        }
    }

    /// The folders of a group and of all groups around it that a mount shows, the innermost one first.
    private static func folders(of path: Substring, in mount: Mount) -> [String] {
        var parts = path.split(separator: "/")
        let root = mount.root.split(separator: "/")
        if parts.starts(with: root) {
            parts.removeFirst(root.count)
        } else {
            // The mount shows another part of the hierarchy, as in a container that was given its own group only: what
            // holds for the process is at the top of it.
            parts = []
        }
        // Seen from inside a namespace, a group outside of it has a path that goes up.
        if parts.contains("..") { parts = [] }
        return (0...parts.count).reversed().map { depth in
            ([mount.point] + parts.prefix(depth).map(String.init)).joined(separator: "/")
        }
    }

    private static func limit(in folder: String, _ version: Version, _ fileSystem: some FileSystem) -> Int? {
        let name = version == .two ? "memory.max" : "memory.limit_in_bytes"
        // The root group has no such file, and a hierarchy without the controller has none at all.
        guard let text = text("\(folder)/\(name)", fileSystem) else { return nil }
        // "max" for none; in version 1 the largest count of pages there is.
        guard let value = Int(text.prefix { $0 != "\n" }), value >= 0, value < 1 << 60 else { return nil }
        return value
    }

    /// The text of a small file of the kernel's; nil when it cannot be read.
    private static func text(_ path: String, _ fileSystem: some FileSystem) -> String? {
        do throws(StrataError) {
            let file = try fileSystem.open(path, .read)
            // Such files have no length: they are read until they end.
            var bytes: [UInt8] = []
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
            defer { buffer.deallocate() }
            while true {
                let count = try fileSystem.read(file, into: buffer)
                bytes.append(contentsOf: buffer[..<count])
                if count < buffer.count { return String(decoding: bytes, as: UTF8.self) }
            }
        } catch { return nil }
    }

    /// A field of `mountinfo`, in which blanks and backslashes stand as a backslash and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
                bytes.append(value)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
