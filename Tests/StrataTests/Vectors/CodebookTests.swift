import CStrata
import Testing

@testable import Strata

/// Codebooks that were kept, and bytes that are none.
@Suite struct CodebookTests {
    private func quantizers() throws -> (ScalarQuantizer, ProductQuantizer) {
        var random = SplitMix64(seed: 1)
        let column = try ExactSearcherTests.column((0..<300).map { _ in random.vector(10) }, 10)
        return (
            try ScalarQuantizer(training: column, metric: .cosine),
            try ProductQuantizer(training: column, metric: .squaredDistance, parts: 4, turns: 1)
        )
    }

    @Test func whatWasWrittenIsReadBack() throws {
        let (scalar, product) = try quantizers()
        let (scalarBytes, productBytes) = (scalar.bytes, product.bytes)
        let sameScalar = try ScalarQuantizer(bytes: scalarBytes.span.bytes)
        #expect(sameScalar == scalar)
        let sameProduct = try ProductQuantizer(bytes: productBytes.span.bytes)
        #expect(sameProduct == product)
        #expect(scalar.bytes.count == 32 + 40)
        #expect(product.bytes.count == 32 + 4 * 256 * 3 * 4)
        #expect(Array(scalar.bytes.prefix(8)) == Array("STRATASQ".utf8))
    }

    @Test func everyDamagedByteIsFound() throws {
        let (scalar, _) = try quantizers()
        let bytes = scalar.bytes
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            let code = failure { try ScalarQuantizer(bytes: damaged.span.bytes) }?.code
            #expect(code == (index < 12 ? .unsupportedFormat : .corrupted), "byte \(index)")
        }
        for length in 0..<bytes.count {
            let short = Array(bytes.prefix(length))
            #expect(failure { try ScalarQuantizer(bytes: short.span.bytes) }?.code == .corrupted, "\(length) bytes")
        }
        let long = bytes + [0]
        #expect(failure { try ScalarQuantizer(bytes: long.span.bytes) }?.code == .corrupted)
    }

    /// Bytes whose checksum is right, and that are no codebook all the same.
    @Test func fieldsThatCannotBeAreFound() throws {
        let (scalar, product) = try quantizers()
        func change(_ bytes: [UInt8], at offset: Int, to value: UInt32) -> [UInt8] {
            var bytes = bytes
            for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
            for index in 24..<32 { bytes[index] = 0 }
            let checksum = strata_xxh3_64(bytes, bytes.count)
            for index in 0..<8 { bytes[24 + index] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * index)) }
            return bytes
        }
        let good = change(scalar.bytes, at: 12, to: 1)
        let same = try ScalarQuantizer(bytes: good.span.bytes)
        #expect(same == scalar)
        let cases: [(offset: Int, value: UInt32)] = [
            (12, 3), (12, .max), (16, 0), (16, 9), (16, 11), (16, .max), (20, 0), (20, 2), (20, .max),
            (32, Float.nan.bitPattern), (36, Float.infinity.bitPattern), (40, Float(1e19).bitPattern),
        ]
        for (offset, value) in cases {
            for (isProduct, bytes) in [(false, scalar.bytes), (true, product.bytes)] {
                // Eleven components in four parts have as many centres as ten.
                if isProduct, offset == 16, value == 9 || value == 11 { continue }
                let damaged = change(bytes, at: offset, to: value)
                let code =
                    isProduct
                    ? failure { try ProductQuantizer(bytes: damaged.span.bytes) }?.code
                    : failure { try ScalarQuantizer(bytes: damaged.span.bytes) }?.code
                #expect(code == .corrupted, "\(value) at \(offset)")
            }
        }
        let newer = change(scalar.bytes, at: 8, to: 2)
        #expect(failure { try ScalarQuantizer(bytes: newer.span.bytes) }?.code == .unsupportedFormat)
        let (one, other) = (product.bytes, scalar.bytes)
        #expect(failure { try ScalarQuantizer(bytes: one.span.bytes) }?.code == .unsupportedFormat)
        #expect(failure { try ProductQuantizer(bytes: other.span.bytes) }?.code == .unsupportedFormat)
    }
}
