import Glibc

/// WordNet 3.0 as a graph, read from the files of Debian's package `wordnet-base`.
///
/// - Entities: the synsets of `data.noun`, `data.verb`, `data.adj` and `data.adv`, in this order and the files'. Their
///   name is a letter (`n v a r`; satellites have `a`) and the offset, such as `n02084071`; their type is `noun`, `verb`,
///   `adjective`, `adjective_satellite` or `adverb`.
/// - Relationships: every pointer, duplicates too; 27 relations.
/// - Properties: `words` (one for each word form; underscores are kept, the markers `(a)`, `(p)` and `(ip)` are not),
///   `pos` (`n v a s r`), `lexfile` (such as `noun.animal`) and `gloss`.
/// - Embeddings: 96-d unit vectors of the tokens of words and gloss; see `TokenVectors`.
public struct WordNetSource: GraphSource {
    /// Where the data files are.
    public let directory: String

    /// The hashing of tokens begins here: another seed would give other embeddings.
    private static let hashingSeed: UInt64 = 0x576F_7264_4E65_7433

    /// A source that reads the four data files in `directory` when it is streamed.
    public init(directory: String = "/usr/share/wordnet") { self.directory = directory }

    public var title: String { "WordNet 3.0" }

    public var embeddingDimensions: Int { 96 }

    /// The number of synsets of WordNet 3.0.
    public var expectedEntityCount: Int? { 117_659 }

    public func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError) {
        var files: [FileMapping] = []
        for partOfSpeech in PartOfSpeech.allCases { files.append(try open(partOfSpeech)) }
        var catalogue = SynsetCatalogue()
        var vectors = TokenVectors(dimensions: embeddingDimensions, seed: Self.hashingSeed)
        var synset = Synset()
        // Pointers lead forward and weights need all texts: the first pass collects both, the second sends.
        for partOfSpeech in PartOfSpeech.allCases {
            let file = files[partOfSpeech.rawValue]
            var parser = try SynsetParser(file.bytes, path: file.path, partOfSpeech: partOfSpeech)
            while try parser.next(into: &synset) {
                guard catalogue.add(synset.offset, of: partOfSpeech) else {
                    throw parser.expected("an offset above that of the line before", at: synset.digits.lowerBound)
                }
                vectors.begin()
                for word in synset.words { vectors.take(parser.text(word)) }
                vectors.take(parser.text(synset.gloss))
            }
        }
        vectors.weigh()

        var emitter = SynsetEmitter(dimensions: embeddingDimensions, sink: &sink)
        var row = 0
        for partOfSpeech in PartOfSpeech.allCases {
            let file = files[partOfSpeech.rawValue]
            var parser = try SynsetParser(file.bytes, path: file.path, partOfSpeech: partOfSpeech)
            while try parser.next(into: &synset) {
                vectors.fill(&emitter.record.embedding, text: row)
                try emitter.send(synset, of: parser, catalogue: catalogue, to: &sink)
                row += 1
                if row.isMultiple(of: progressInterval) { progress(row) }
            }
        }
        progress(row)
    }

    private func open(_ partOfSpeech: PartOfSpeech) throws(GraphDataError) -> FileMapping {
        let path = "\(directory)/\(partOfSpeech.fileName)"
        guard access(path, F_OK) == 0 else {
            let missing = access(directory, F_OK) == 0 ? partOfSpeech.fileName : "this directory"
            throw GraphDataError(
                "WordNet is not installed here: \(missing) does not exist; run `make setup`, or `apt install wordnet-base`",
                path: directory)
        }
        return try FileMapping(path: path)
    }
}

/// Which row each synset has.
struct SynsetCatalogue {
    /// The offsets of each part of speech, ascending.
    private var offsets: [[UInt32]] = Array(repeating: [], count: PartOfSpeech.allCases.count)

    /// Adds the next synset; `false` when its offset does not follow the one before.
    mutating func add(_ offset: UInt32, of partOfSpeech: PartOfSpeech) -> Bool {
        if let last = offsets[partOfSpeech.rawValue].last, last >= offset { return false }
        offsets[partOfSpeech.rawValue].append(offset)
        return true
    }

    /// The row of a synset, or `nil` where there is none; logarithmic time.
    func row(_ offset: UInt32, of partOfSpeech: PartOfSpeech) -> UInt32? {
        var base = 0
        for index in 0..<partOfSpeech.rawValue { base += offsets[index].count }
        return offsets[partOfSpeech.rawValue].withUnsafeBufferPointer { offsets in
            var low = 0
            var high = offsets.count
            while low < high {
                let middle = (low + high) / 2
                if offsets[middle] < offset { low = middle + 1 } else { high = middle }
            }
            return low < offsets.count && offsets[low] == offset ? UInt32(base + low) : nil
        }
    }
}

/// Turns synsets into records of a sink.
private struct SynsetEmitter {
    var record: GraphRecord
    private let entityTypes: [UInt32]
    private let letters: [UInt32]
    private let lexicographerFiles: [UInt32]
    private let relations: [UInt32]
    private let words: UInt32
    private let partOfSpeech: UInt32
    private let lexicographerFile: UInt32
    private let gloss: UInt32

    init(dimensions: Int, sink: inout some GraphSink & ~Copyable) {
        record = GraphRecord(embedding: Array(repeating: 0, count: dimensions))
        entityTypes = SynsetType.allCases.map { sink.intern($0.entityType) }
        letters = SynsetType.allCases.map { sink.intern(String(Unicode.Scalar($0.letter))) }
        lexicographerFiles = WordNetFormat.lexicographerFiles.map { sink.intern($0) }
        relations = WordNetFormat.relations.map { sink.intern($0) }
        words = sink.intern("words")
        partOfSpeech = sink.intern("pos")
        lexicographerFile = sink.intern("lexfile")
        gloss = sink.intern("gloss")
    }

    mutating func send(
        _ synset: Synset, of parser: SynsetParser, catalogue: SynsetCatalogue, to sink: inout some GraphSink & ~Copyable
    ) throws(GraphDataError) {
        record.beginEntity(type: entityTypes[synset.type.rawValue], name: name(synset, parser, &sink))
        for word in synset.words {
            record.properties.append(PropertyPair(key: words, value: sink.intern(parser.text(word))))
        }
        let values = [
            PropertyPair(key: partOfSpeech, value: letters[synset.type.rawValue]),
            PropertyPair(key: lexicographerFile, value: lexicographerFiles[synset.lexicographerFile]),
            PropertyPair(key: gloss, value: sink.intern(parser.text(synset.gloss))),
        ]
        record.properties.append(contentsOf: values)
        for pointer in synset.pointers {
            guard let row = catalogue.row(pointer.offset, of: pointer.partOfSpeech) else {
                throw parser.expected(
                    "the offset of a synset in \(pointer.partOfSpeech.fileName)", at: pointer.position)
            }
            record.relationships.append(RelationshipPair(type: relations[pointer.relation], target: row))
        }
        try sink.add(record)
    }

    private func name(_ synset: Synset, _ parser: SynsetParser, _ sink: inout some GraphSink & ~Copyable) -> UInt32 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 9) { name in
            name[0] = parser.partOfSpeech.letter
            for index in 0..<8 { name[index + 1] = parser.bytes[synset.digits.lowerBound + index] }
            return sink.intern(UnsafeBufferPointer(name))
        }
    }
}

extension SynsetParser {
    /// Some bytes of the file.
    func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
    }
}
