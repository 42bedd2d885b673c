/// Logarithm and exponential from additions, multiplications and divisions alone.
///
/// The C library picks other instructions on other processors and may differ in the last bit. Data sets and plans must
/// have the same bytes everywhere, so what decides about them is computed here: IEEE 754 fixes each single operation.
/// Both are within a few units of the last place.
@usableFromInline
enum PortableMath {
    /// The natural logarithm of a positive, finite, normal number.
    @inlinable
    static func log(_ x: Double) -> Double {
        var exponent = Double(x.exponent)
        var significand = x.significand  // 1 ..< 2
        if significand > 1.4142135623730951 {
            significand *= 0.5
            exponent += 1
        }
        // log(m) = 2 artanh(z), |z| < 0.1716: eleven terms leave less than 2^-56 of the first.
        let z = (significand - 1) / (significand + 1)
        let w = z * z
        var sum = 1.0 / 21
        sum = sum * w + 1.0 / 19
        sum = sum * w + 1.0 / 17
        sum = sum * w + 1.0 / 15
        sum = sum * w + 1.0 / 13
        sum = sum * w + 1.0 / 11
        sum = sum * w + 1.0 / 9
        sum = sum * w + 1.0 / 7
        sum = sum * w + 1.0 / 5
        sum = sum * w + 1.0 / 3
        // ln 2 in two parts: the product with the upper one, which has 32 bits, is exact.
        let upper = 0x1.62e42fee00000p-1
        let lower = 0x1.a39ef35793c76p-33
        return exponent * upper + (2 * z + (2 * z * w * sum + exponent * lower))
    }

    /// e to the power of `x`, for `x` between -700 and 700.
    @inlinable
    static func exp(_ x: Double) -> Double {
        let count = (x * 0x1.71547652b82fep0).rounded()
        let upper = 0x1.62e42fee00000p-1
        let lower = 0x1.a39ef35793c76p-33
        let r = (x - count * upper) - count * lower  // |r| < 0.3466
        // Taylor: the fourteenth term is below 2^-57.
        var sum = 1.0 / 6_227_020_800
        sum = sum * r + 1.0 / 479_001_600
        sum = sum * r + 1.0 / 39_916_800
        sum = sum * r + 1.0 / 3_628_800
        sum = sum * r + 1.0 / 362_880
        sum = sum * r + 1.0 / 40_320
        sum = sum * r + 1.0 / 5_040
        sum = sum * r + 1.0 / 720
        sum = sum * r + 1.0 / 120
        sum = sum * r + 1.0 / 24
        sum = sum * r + 1.0 / 6
        sum = sum * r + 1.0 / 2
        let fraction = 1 + (r + r * r * sum)
        return Double(sign: .plus, exponent: Int(count), significand: fraction)
    }
}

/// The integral of x to the power of -exponent from 1 to x, and its inverse, stable where the exponent is near 1.
@frozen
@usableFromInline
struct PowerIntegral: Sendable, BitwiseCopyable {
    @usableFromInline let exponent: Double
    @usableFromInline let complement: Double

    @inlinable
    init(exponent: Double) {
        self.exponent = exponent
        complement = 1 - exponent
    }

    /// x to the power of -exponent.
    @inlinable
    func density(_ x: Double) -> Double { PortableMath.exp(-exponent * PortableMath.log(x)) }

    /// The integral of `density` from 1 to `x`, for `x` > 0.
    @inlinable
    func integral(_ x: Double) -> Double {
        let logarithm = PortableMath.log(x)
        let t = complement * logarithm
        // (e^t - 1) / t; near 0, where that cancels, its series.
        let factor: Double
        if t.magnitude > 0.01 {
            factor = (PortableMath.exp(t) - 1) / t
        } else {
            factor = 1 + t / 2 * (1 + t / 3 * (1 + t / 4 * (1 + t / 5 * (1 + t / 6 * (1 + t / 7)))))
        }
        return factor * logarithm
    }

    /// The `x` whose `integral` is `y`.
    @inlinable
    func inverse(_ y: Double) -> Double {
        let t = max(y * complement, -1 + 0x1p-50)
        // log(1 + t) / t; near 0 its series.
        let factor: Double
        if t.magnitude > 0.01 {
            factor = PortableMath.log(1 + t) / t
        } else {
            let head = 1 - t * (1.0 / 2 - t * (1.0 / 3 - t * (1.0 / 4 - t * (1.0 / 5))))
            factor = head - t * t * t * t * t * (1.0 / 6 - t * (1.0 / 7 - t * (1.0 / 8)))
        }
        return PortableMath.exp(factor * y)
    }
}
