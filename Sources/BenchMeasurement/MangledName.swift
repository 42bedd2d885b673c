import Glibc

/// Names of functions as their programmers wrote them.
public enum MangledName {
    private typealias Demangle =
        @convention(c) (
            UnsafePointer<CChar>, Int, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UInt32
        ) -> UnsafeMutablePointer<CChar>?

    private static let demangle = Symbol.function("swift_demangle", as: Demangle.self)

    /// The Swift declaration that a symbol stands for, or the symbol itself where it is none of Swift's.
    public static func readable(_ symbol: String) -> String {
        guard symbol.hasPrefix("$s") || symbol.hasPrefix("_$s"), let demangle,
            let text = demangle(symbol, symbol.utf8.count, nil, nil, 0)
        else { return symbol }
        defer { free(text) }
        return String(cString: text)
    }
}
