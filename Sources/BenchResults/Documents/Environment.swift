/// Where and with what a run was measured: `environment.json`. What could not be read is nil, never a default.
public struct Environment: Codable, Sendable, Hashable {
    /// The machine, as far as figures depend on it.
    public struct Machine: Codable, Sendable, Hashable {
        /// The processor's model name.
        public var cpuModel: String
        /// Logical processors that the process may use.
        public var cores: Int
        /// Bytes of physical memory.
        public var memoryBytes: Int
        /// The architecture: `x86_64`, `aarch64`.
        public var architecture: String
        /// The hypervisor or container, where one shows itself.
        public var virtualization: String?

        /// A machine by its parts.
        public init(
            cpuModel: String, cores: Int, memoryBytes: Int, architecture: String, virtualization: String? = nil
        ) {
            self.cpuModel = cpuModel
            self.cores = cores
            self.memoryBytes = memoryBytes
            self.architecture = architecture
            self.virtualization = virtualization
        }

        private enum CodingKeys: String, CodingKey {
            case cpuModel = "cpu_model"
            case cores
            case memoryBytes = "memory_bytes"
            case architecture, virtualization
        }
    }

    /// One allocator that the run asked for.
    public struct Allocator: Codable, Sendable, Hashable {
        /// The name in the scenario: `jemalloc`.
        public var name: String
        /// The library's file, or nil when it was not found.
        public var path: String?
        /// The version that the library itself tells, or its file's name carries.
        public var version: String?
        /// The options that it was given; empty for its defaults.
        public var options: String
        /// What the child saw: the mapped file that owns the address of `malloc`. Nil when nothing was proven.
        public var ownsMalloc: String?
        /// Why its arms were left out, or nil when they ran.
        public var skipped: String?

        /// An allocator by its parts.
        public init(
            name: String, path: String? = nil, version: String? = nil, options: String = "",
            ownsMalloc: String? = nil, skipped: String? = nil
        ) {
            self.name = name
            self.path = path
            self.version = version
            self.options = options
            self.ownsMalloc = ownsMalloc
            self.skipped = skipped
        }

        private enum CodingKeys: String, CodingKey {
            case name, path, version, options
            case ownsMalloc = "owns_malloc"
            case skipped
        }
    }

    /// The version of this document's meaning.
    public var schema: Int
    /// The run's name.
    public var run: String
    /// When the run began, `yyyy-mm-ddThh:mm:ssZ`.
    public var startedAt: String
    /// The profile: `quick`, `default` or `full`.
    public var profile: String
    /// Scenario name to the number of entities that its data set held.
    public var entities: [String: Int]
    /// The machine.
    public var machine: Machine
    /// The kernel's release.
    public var kernel: String
    /// The C library and its version.
    public var libc: String
    /// The compiler's version.
    public var swiftVersion: String
    /// The commit that was built, in full, or nil outside a repository.
    public var commit: String?
    /// Whether files differed from the commit, or nil when that is not known.
    public var dirty: Bool?
    /// How it was built: configuration and flags.
    public var buildFlags: [String]
    /// The kernel's setting of transparent huge pages: `madvise`.
    public var transparentHugePages: String?
    /// The allocators that the run asked for, skipped ones too.
    public var allocators: [Allocator]
    /// Metric to the fraction by which two identical arms differed in this run, where an A/A arm ran.
    public var noiseFloor: [String: Double]?
    /// The cost of reading the clock once, in nanoseconds: the largest of all blocks. It is part of each latency.
    public var clockNanoseconds: Double?
    /// Processor time that the hypervisor gave to others during the measured blocks, in seconds.
    public var stolenSeconds: Double?
    /// Time in which some task of the machine waited for a processor during the measured blocks, in seconds.
    public var cpuPressureSeconds: Double?
    /// Time in which some task of the machine waited for memory during the measured blocks, in seconds.
    public var memoryPressureSeconds: Double?
    /// Time in which some task of the machine waited for the disk during the measured blocks, in seconds.
    public var diskPressureSeconds: Double?
    /// What a reader has to know before trusting the figures, in sentences.
    public var warnings: [String]

    /// An environment by its parts.
    public init(
        schema: Int = 1, run: String, startedAt: String, profile: String, entities: [String: Int], machine: Machine,
        kernel: String, libc: String, swiftVersion: String, commit: String?, dirty: Bool?, buildFlags: [String],
        transparentHugePages: String?, allocators: [Allocator], noiseFloor: [String: Double]? = nil,
        clockNanoseconds: Double? = nil, stolenSeconds: Double? = nil, cpuPressureSeconds: Double? = nil,
        memoryPressureSeconds: Double? = nil, diskPressureSeconds: Double? = nil, warnings: [String] = []
    ) {
        self.schema = schema
        self.run = run
        self.startedAt = startedAt
        self.profile = profile
        self.entities = entities
        self.machine = machine
        self.kernel = kernel
        self.libc = libc
        self.swiftVersion = swiftVersion
        self.commit = commit
        self.dirty = dirty
        self.buildFlags = buildFlags
        self.transparentHugePages = transparentHugePages
        self.allocators = allocators
        self.noiseFloor = noiseFloor
        self.clockNanoseconds = clockNanoseconds
        self.stolenSeconds = stolenSeconds
        self.cpuPressureSeconds = cpuPressureSeconds
        self.memoryPressureSeconds = memoryPressureSeconds
        self.diskPressureSeconds = diskPressureSeconds
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case schema, run
        case startedAt = "started_at"
        case profile, entities, machine, kernel, libc
        case swiftVersion = "swift_version"
        case commit, dirty
        case buildFlags = "build_flags"
        case transparentHugePages = "transparent_huge_pages"
        case allocators
        case noiseFloor = "noise_floor"
        case clockNanoseconds = "clock_ns"
        case stolenSeconds = "stolen_seconds"
        case cpuPressureSeconds = "cpu_pressure_seconds"
        case memoryPressureSeconds = "memory_pressure_seconds"
        case diskPressureSeconds = "disk_pressure_seconds"
        case warnings
    }
}
