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
        var size = MemoryLayout<UInt64>.size
        return withUnsafeMutablePointer(to: &epoch) { pointer in
            control("epoch", pointer, &size, pointer, MemoryLayout<UInt64>.size) == 0
        }
    }

    /// A value of exactly the given type, or nil when the name or the type is not the library's.
    func value<T: BitwiseCopyable>(_ name: StaticString, _ zero: T) -> T? {
        var value = zero
        var size = MemoryLayout<T>.size
        let status = name.withUTF8Buffer { text in
            text.withMemoryRebound(to: CChar.self) { control($0.baseAddress!, &value, &size, nil, 0) }
        }
        return status == 0 && size == MemoryLayout<T>.size ? value : nil
    }

    /// A string value.
    func string(_ name: StaticString) -> String? {
        let none: UnsafePointer<CChar>? = nil
        return (value(name, none) ?? nil).map { String(cString: $0) }
    }
}
