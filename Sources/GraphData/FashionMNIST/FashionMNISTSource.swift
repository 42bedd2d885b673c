import Glibc

/// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) as a graph: 70,000 small pictures of clothing, real vectors with known
/// neighbours. From Debian's package `dataset-fashion-mnist`.
///
/// - Entities: the 60,000 pictures of the training set, then the 10,000 of the test set, in the order of the files. Their
///   name is the set and the number in it, such as `train-00042`; their type is `train` or `test`.
/// - Properties: `label`, what the picture shows.
/// - Embeddings: the 784 pixels divided by their length: unit vectors, so that the largest inner product is the nearest.
/// - Relationships: none.
public struct FashionMNISTSource: GraphSource {
    /// Where the files are.
    public let directory: String

    /// A source that reads the files in `directory` when it is streamed.
    public init(directory: String = Self.usualDirectory) { self.directory = directory }

    /// Where Debian puts them.
    public static let usualDirectory = "/usr/share/datasets/fashion-mnist"

    /// What the pictures show, by the number in the files.
    public static let labels = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    public var title: String { "Fashion-MNIST" }
    public var embeddingDimensions: Int { 784 }
    public var expectedEntityCount: Int? { 70_000 }

    /// One of the two sets of pictures.
    public enum Part: String, CaseIterable, Sendable {
        case train
        case test

        fileprivate var filePrefix: String { self == .train ? "train" : "t10k" }
    }

    /// The pictures of a set, 784 bytes each.
    public func pictures(_ part: Part) throws(GraphDataError) -> IDXFile {
        let path = "\(directory)/\(part.filePrefix)-images-idx3-ubyte.gz"
        let file = try IDXFile(path: path, dimensions: 3)
        guard file.itemCount == embeddingDimensions else {
            throw GraphDataError("has pictures of \(file.itemCount) pixels where 784 should be", path: path)
        }
        return file
    }

    public func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError) {
        var record = GraphRecord(embedding: [Float](repeating: 0, count: embeddingDimensions))
        var row = 0
        for part in Part.allCases {
            let pictures = try pictures(part)
            let path = "\(directory)/\(part.filePrefix)-labels-idx1-ubyte.gz"
            let labels = try IDXFile(path: path, dimensions: 1)
            guard labels.sizes[0] == pictures.sizes[0] else {
                throw GraphDataError(
                    "has \(labels.sizes[0]) labels where there are \(pictures.sizes[0]) pictures", path: path)
            }
            for number in 0..<pictures.sizes[0] {
                let label = Int(labels.elements[number])
                guard label < Self.labels.count else {
                    throw GraphDataError("has the label \(label) at byte \(8 + number); 0 to 9 are known", path: path)
                }
                var digits = String(number)
                digits = String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
                record.beginEntity(
                    type: sink.intern(part.rawValue), name: sink.intern("\(part.rawValue)-\(digits)"))
                record.properties.append(
                    PropertyPair(key: sink.intern("label"), value: sink.intern(Self.labels[label])))
                fill(&record.embedding, with: pictures.elements, at: number * embeddingDimensions)
                try sink.add(record)
                row += 1
                if row.isMultiple(of: progressInterval) { progress(row) }
            }
        }
        progress(row)
    }

    /// The pixels of a picture as a unit vector; one that is black all over stays zero.
    private func fill(_ embedding: inout [Float], with pixels: [UInt8], at start: Int) {
        var squared = 0
        for index in 0..<embeddingDimensions { squared += Int(pixels[start + index]) * Int(pixels[start + index]) }
        let scale = squared > 0 ? 1 / Float(squared).squareRoot() : 0
        for index in 0..<embeddingDimensions { embedding[index] = Float(pixels[start + index]) * scale }
    }
}
