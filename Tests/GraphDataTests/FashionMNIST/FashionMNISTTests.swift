import Foundation
import Testing

@testable import GraphData

@Suite struct FashionMNISTTests {
    let folder = try! TemporaryDirectory()

    private func failure(_ body: () throws -> Void) -> GraphDataError? {
        do { try body() } catch { return error as? GraphDataError }
        return nil
    }

    /// An array of bytes as the format has it.
    private func idx(_ sizes: [Int], _ elements: [UInt8], head: [UInt8] = [0, 0, 8]) -> Data {
        var data = Data(head + [UInt8(sizes.count)])
        for size in sizes { for shift in [24, 16, 8, 0] { data.append(UInt8(size >> shift & 255)) } }
        return data + Data(elements)
    }

    private func place(_ name: String, _ data: Data) throws -> String {
        let path = folder.path + "/" + name
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Three pictures and two, in files that are not compressed: both are read.
    private func placeLittleSet(labels: [UInt8] = [9, 0]) throws {
        let pixels: [UInt8] = (0..<3 * 784).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 784) }
        _ = try place("train-images-idx3-ubyte.gz", idx([3, 28, 28], pixels))
        _ = try place("train-labels-idx1-ubyte.gz", idx([3], [9, 0, 3]))
        _ = try place(
            "t10k-images-idx3-ubyte.gz", idx([2, 28, 28], [UInt8](repeating: 0, count: 784) + pixels[..<784]))
        _ = try place("t10k-labels-idx1-ubyte.gz", idx([labels.count], labels))
    }

    @Test func picturesAreEntities() throws {
        try placeLittleSet()
        let sink = try ModelSink(FashionMNISTSource(directory: folder.path))
        let names = sink.records.map { record in record.name.map { sink.strings[Int($0)] } ?? "" }
        #expect(names == ["train-00000", "train-00001", "train-00002", "test-00000", "test-00001"])
        #expect(sink.records.map { sink.strings[Int($0.type)] } == ["train", "train", "train", "test", "test"])
        let labels = sink.records.map { sink.strings[Int($0.properties[0].value)] }
        #expect(labels == ["Ankle boot", "T-shirt/top", "Dress", "Ankle boot", "T-shirt/top"])
        for record in sink.records {
            let squared = record.embedding.reduce(0) { $0 + $1 * $1 }
            #expect(record.embedding.count == 784)
            #expect(record == sink.records[3] ? squared == 0 : abs(squared - 1) < 1e-5)
        }
        let pixels = (0..<784).map { Double(UInt8(truncatingIfNeeded: $0 &* 7)) }
        let length = pixels.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for index in [1, 100, 783] {
            #expect(abs(Double(sink.records[0].embedding[index]) - pixels[index] / length) < 1e-6)
        }
    }

    /// The sums that another reader found, and as many of each label.
    @Test func theRealTestSetIsRead() throws {
        let source = FashionMNISTSource()
        let pictures = try source.pictures(.test)
        #expect(pictures.sizes == [10_000, 28, 28])
        let sum = pictures.elements.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).reduce(0 as UInt64) { sum, start in
                var word = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
                word = (word & 0x00FF_00FF_00FF_00FF) &+ (word >> 8 & 0x00FF_00FF_00FF_00FF)
                return sum &+ (word &* 0x0001_0001_0001_0001) >> 48
            }
        }
        #expect(sum == 573_469_082)
        let labels = try IDXFile(path: source.directory + "/t10k-labels-idx1-ubyte.gz", dimensions: 1)
        var counts = [Int](repeating: 0, count: 10)
        for label in labels.elements { counts[Int(label)] += 1 }
        #expect(counts == [Int](repeating: 1_000, count: 10))
    }

    @Test func whatIsNotThereIsSaid() {
        let error = failure { _ = try ModelSink(FashionMNISTSource(directory: folder.path)) }
        #expect(
            error?.description
                == "\(folder.path)/train-images-idx3-ubyte.gz: does not exist; run `make setup`, or "
                + "`apt install dataset-fashion-mnist`")
    }

    @Test func damagedFilesAreRefusedWithTheirByte() throws {
        let good = idx([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])
        func refusal(_ data: Data, dimensions: Int = 3) throws -> String {
            let path = try place("x", data)
            let error = failure { _ = try IDXFile(path: path, dimensions: dimensions) }
            return (error?.message).map { String($0) } ?? "read"
        }
        #expect(try refusal(good) == "read")
        #expect(try refusal(good, dimensions: 1).hasPrefix("is no IDX file of bytes with 1 dimensions"))
        #expect(try refusal(Data()) == "ends at byte 0, in the head of 16 bytes")
        #expect(try refusal(good.dropLast()) == "ends at byte 23, where 24 bytes should be")
        #expect(try refusal(good + [0]) == "goes on after byte 24, where it should end")
        #expect(try refusal(idx([2, 2, 2], [], head: [0, 0, 13])).hasSuffix("it begins with 0 0 d 3"))
        #expect(try refusal(idx([1 << 20, 1 << 20, 1], [])) == "says at byte 8 that it holds over 1 GiB")
        // The real labels, cut inside the compressed data.
        let path = FashionMNISTSource.usualDirectory + "/t10k-labels-idx1-ubyte.gz"
        let packed = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(try refusal(packed.prefix(packed.count / 2), dimensions: 1).hasSuffix(": it ends early"))
        var flipped = packed
        flipped[packed.count / 2] ^= 0xFF
        #expect(try refusal(flipped, dimensions: 1) != "read")
    }

    @Test func labelsHaveToFitThePictures() throws {
        try placeLittleSet(labels: [1, 2, 3])
        #expect(
            failure { _ = try ModelSink(FashionMNISTSource(directory: folder.path)) }?.message
                == "has 3 labels where there are 2 pictures")
        try placeLittleSet(labels: [1, 10])
        #expect(
            failure { _ = try ModelSink(FashionMNISTSource(directory: folder.path)) }?.message
                == "has the label 10 at byte 9; 0 to 9 are known")
    }
}
