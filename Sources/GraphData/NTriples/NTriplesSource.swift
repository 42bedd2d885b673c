import Glibc

/// A graph from a file of N-Triples, as the W3C's recommendation RDF 1.1 N-Triples states them.
///
/// - Entities: every IRI and blank node that is a subject or an object, in the order in which the file first has them.
///   Their name is the IRI without its brackets, or `_:` and the label.
/// - Types: the object of an entity's first `rdf:type`, which is then no relationship; `resource` where there is none.
/// - Relationships: every other statement whose object is an IRI or a blank node; the type is the predicate's IRI.
/// - Properties: every statement whose object is a literal. The value is the text, its escapes replaced. The key is the
///   predicate's IRI, followed by `@` and the language or by `^^` and the datatype's IRI where the literal has one;
///   `xsd:string` is no datatype of its own. A predicate that has an `@` itself is followed by one also without a
///   language: so the key tells predicate, language and datatype in every case.
///
/// Statements that stand in the file twice are kept twice. The file is read once, in pieces. In memory are the names of
/// entities with some 30 bytes for each, and up to a bound everything else; beyond it what belongs to an entity is put
/// together in a scratch file.
public struct NTriplesSource: GraphTextSource {
    /// The type of entities that have none.
    public static let untyped = "resource"
    /// The predicate that gives an entity its type.
    public static let typePredicate = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    /// The datatype that all texts without another one have.
    public static let stringDatatype = "http://www.w3.org/2001/XMLSchema#string"

    /// Where the file is.
    public let file: String
    private let scratchDirectory: String
    private let limits: NTriplesReader.Limits
    private let memoryBytes: Int

    /// A source that reads a file when it is streamed.
    ///
    /// - Parameter scratchDirectory: for what does not fit in memory; the usual place for temporary files by default.
    public init(file: String, scratchDirectory: String? = nil) {
        self.init(file: file, scratchDirectory: scratchDirectory, limits: NTriplesReader.Limits())
    }

    init(
        file: String, scratchDirectory: String? = nil, limits: NTriplesReader.Limits,
        memoryBytes: Int = RowSpool.standardMemoryBytes
    ) {
        self.file = file
        self.scratchDirectory = scratchDirectory ?? RowSpool.usualScratchDirectory
        self.limits = limits
        self.memoryBytes = memoryBytes
    }

    public var title: String { "N-Triples \(file)" }

    @discardableResult
    public func stream(
        texts sink: inout some GraphTextSink & ~Copyable, progress: (Int) -> Void
    ) throws(GraphDataError) -> TextImportSummary {
        var spool = RowSpool(scratchDirectory: scratchDirectory, memoryBytes: memoryBytes)
        var tables = TripleTables()
        var summary = TextImportSummary()
        var reader = try NTriplesReader(path: file, limits: limits)
        while try reader.next() { try tables.take(reader, &spool, &summary) }
        summary.textBytes = reader.bytesRead
        try spool.beginReading()
        try tables.send(&spool, to: &sink, &summary, progress)
        return summary
    }
}
