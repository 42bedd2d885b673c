import BenchDriver
import BenchResults
import GraphData
import Strata

/// What an interner saves over an array of strings that holds each reference by itself, every byte of both counted.
enum StringSaving {
    /// The key of WordNet's long texts, which hardly repeat.
    static let glossKey = "gloss"

    /// Bytes of a string in an array: sixteen in the array, and where it is longer than fifteen bytes an object with a
    /// head of 32 bytes and a zero at the end, in whole sixteens, before which the C library's allocator keeps sixteen
    /// more.
    static func arrayBytes(_ byteCount: Int) -> Int {
        byteCount <= 15 ? 16 : 16 + (32 + byteCount + 1 + 15) / 16 * 16 + 16
    }

    /// Shares saved over all property values of a data set, by an interner as it is, frozen and packed, and the mean lengths.
    static func measurements(_ dataset: MappedDataset) throws(SubjectError) -> [Measurement] {
        var result: [Measurement] = []
        let gloss = (0..<UInt32(clamping: dataset.stringCount)).first { isGloss(dataset.string($0)) }
        for (suffix, excluded) in [("", nil), ("_without_glosses", gloss)] {
            if !suffix.isEmpty, excluded == nil { continue }
            let saving = try Saving(dataset, excluding: excluded)
            func add(_ metric: String, _ value: Double, _ unit: String, _ direction: BenchResults.Direction) {
                result.append(
                    Measurement(metric: metric + suffix, value: value, unit: unit, direction: direction))
            }
            add("interner_saving", saving.share, "fraction", .higher)
            add("frozen_saving", saving.frozenShare, "fraction", .higher)
            add("packed_saving", saving.packedShare, "fraction", .higher)
            add("reference_length", saving.referenceLength, "bytes", .none)
            add("string_length", saving.stringLength, "bytes", .none)
        }
        return result
    }

    private static func isGloss(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { bytes.elementsEqual(glossKey.utf8) }

    private struct Saving {
        let share: Double
        let frozenShare: Double
        let packedShare: Double
        let referenceLength: Double
        let stringLength: Double

        init(_ dataset: MappedDataset, excluding key: UInt32?) throws(SubjectError) {
            var arrayBytes = 0
            do throws(StrataError) {
                var interner = try StringInterner()
                for row in 0..<dataset.entityCount {
                    for property in dataset.properties(of: row) where property.key != key {
                        let text = dataset.string(property.value)
                        arrayBytes += StringSaving.arrayBytes(text.count)
                        _ = try interner.intern(utf8: text.span)
                    }
                }
                let stats = interner.stats
                let frozen = try interner.freeze()
                let packed = try frozen.packed()
                share = 1 - Double(stats.internedBytes) / Double(arrayBytes)
                frozenShare = 1 - Double(frozen.stats.internedBytes) / Double(arrayBytes)
                packedShare = 1 - Double(packed.stats.internedBytes) / Double(arrayBytes)
                referenceLength = Double(stats.referencedBytes) / Double(stats.references)
                stringLength = Double(stats.uniqueBytes) / Double(stats.uniqueStrings)
            } catch { throw SubjectError(error.description) }
        }
    }
}
