/// Turns a source into a data set file.
public enum DatasetBuilder {
    /// Streams `source` into the file `path`, which appears whole or not at all and replaces what had its name.
    ///
    /// - Parameter progress: called now and then, and at the end, with the number of entities written so far.
    /// - Returns: the content digest: equal for equal graphs.
    /// - Throws: what is wrong in the source's input, or what the disk refuses.
    @discardableResult
    public static func build(
        _ source: some GraphSource, at path: String, progress: (Int) -> Void = { _ in }
    ) throws(GraphDataError) -> UInt64 {
        var writer = try DatasetWriter(path: path, embeddingDimensions: source.embeddingDimensions)
        try source.stream(into: &writer, progress: progress)
        return try writer.finish()
    }

    /// The same for a trace: an entity a key, and the accesses.
    @discardableResult
    public static func build(
        _ source: TraceSource, at path: String, progress: (Int) -> Void = { _ in }
    ) throws(GraphDataError) -> UInt64 {
        var writer = try DatasetWriter(path: path, embeddingDimensions: 0)
        try source.stream(into: &writer, progress: progress)
        return try writer.finish()
    }
}
