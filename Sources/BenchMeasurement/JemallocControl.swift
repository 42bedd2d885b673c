import Glibc

/// jemalloc's control interface `mallctl`.
struct JemallocControl: Sendable {
    typealias Control =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?, UnsafeMutableRawPointer?, Int
        ) -> Int32

    private let control: Control

    /// Nil when the process has no `mallctl`.
    init?() {
        guard let control = Symbol.function("mallctl", as: Control.self) else { return nil }
        self.control = control
    }

    /// Makes the statistics current. Returns false where jemalloc was built without statistics.
    func refresh() -> Bool {
        var epoch: UInt64 = 1
        let name: StaticString = "epoch"
        return control(name.cString, nil, nil, &epoch, MemoryLayout<UInt64>.size) == 0
    }

    /// A value of exactly the given type, or nil when the name or the type is not the library's.
    func value<T: BitwiseCopyable>(_ name: StaticString, _ zero: T) -> T? {
        var value = zero
        var size = MemoryLayout<T>.size
        let status = control(name.cString, &value, &size, nil, 0)
        return status == 0 && size == MemoryLayout<T>.size ? value : nil
    }

    /// A size. Allocates nothing, also without the optimizer.
    func size(_ name: StaticString) -> UInt64? {
        var value = 0
        var size = MemoryLayout<Int>.size
        return control(name.cString, &value, &size, nil, 0) == 0 && value >= 0 ? UInt64(value) : nil
    }

    /// A string value.
    func string(_ name: StaticString) -> String? {
        let none: UnsafePointer<CChar>? = nil
        return (value(name, none) ?? nil).map { String(cString: $0) }
    }
}

extension StaticString {
    /// The text as C reads it: no closure and no copy, so that nothing is allocated.
    var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
