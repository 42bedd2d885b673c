import CStrata
import Testing

/// The kernels against the standard library's own validation.
@Suite struct UTF8ValidationTests {
    private func expectAgreement(_ bytes: [UInt8]) {
        let isValid = (try? UTF8Span(validating: bytes.span)) != nil
        let (vectors, portable) = bytes.withUnsafeBufferPointer {
            (
                strata_utf8_is_valid($0.baseAddress, $0.count) != 0,
                strata_utf8_is_valid_portable($0.baseAddress, $0.count) != 0
            )
        }
        // One comparison for many: a recorded expectation each would take most of the time.
        if vectors != isValid || portable != isValid {
            Issue.record("\(bytes): \(isValid), with vectors \(vectors), without \(portable)")
        }
    }

    /// Every sequence of one and two bytes, and of three and four whose later bytes stand at the borders of their ranges.
    @Test func shortSequences() {
        let borders: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xFF,
        ]
        expectAgreement([])
        for first in UInt8.min...UInt8.max {
            expectAgreement([first])
            for second in UInt8.min...UInt8.max {
                expectAgreement([first, second])
                guard first >= 0x80, borders.contains(second) else { continue }
                for third in borders {
                    expectAgreement([first, second, third])
                    guard first >= 0xE0 else { continue }
                    for fourth in borders { expectAgreement([first, second, third, fourth]) }
                }
            }
        }
    }

    /// Each kind of character, and each way to spoil it, at every place of the vectors, and cut off by the end.
    @Test func everyPlace() {
        let characters: [[UInt8]] = [
            [0x41], [0xC3, 0xA9], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xF0, 0x90, 0x80, 0x80],
            [0xF4, 0x8F, 0xBF, 0xBF], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x41],
            [0xE2, 0x82, 0xC3, 0xA9], [0xF0, 0x9F, 0x98, 0x80, 0x80],
        ]
        for filling in [[0x61], [0xC3, 0xA4], [0xE6, 0x97, 0xA5]] as [[UInt8]] {
            for character in characters {
                for place in 0..<70 {
                    let before = (0..<place / filling.count).flatMap { _ in filling }
                    expectAgreement(before + character)
                    expectAgreement(before + character + filling)
                    expectAgreement(before + character + [UInt8](repeating: 0x7A, count: 70))
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomTexts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            var bytes: [UInt8] = []
            for _ in 0..<random.below(60) {
                let scalar = Unicode.Scalar(UInt32(random.below([0x80, 0x800, 0x1_0000, 0x11_0000][random.below(4)])))
                bytes += Array(String(Character(scalar ?? "?")).utf8)
            }
            expectAgreement(bytes)
            guard !bytes.isEmpty else { continue }
            bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
            expectAgreement(bytes)
        }
    }
}
