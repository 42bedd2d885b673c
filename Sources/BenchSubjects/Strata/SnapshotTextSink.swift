public import GraphData
public import Strata

/// Writes the texts of a source into a snapshot as they come: memory stays below the bounds of the source and of
/// ``SnapshotStream``, whatever the graph's size. A row's number becomes its identifier.
public struct SnapshotTextSink: ~Copyable, GraphTextSink {
    /// Why the snapshot could not be written, after a call has thrown for that.
    public private(set) var failure: StrataError?

    private var stream: SnapshotStream
    private var nextRow: UInt32 = 0

    /// Begins a snapshot.
    ///
    /// - Throws: as ``SnapshotStream``.
    public init(to path: String) throws(StrataError) { stream = try SnapshotStream(to: path) }

    public mutating func entity(
        type: UnsafeBufferPointer<UInt8>, name: UnsafeBufferPointer<UInt8>
    ) throws(GraphDataError) {
        // Invariant of all four: the source's texts stay until the call returns.
        do throws(StrataError) {
            try stream.entity(nextRow, type: Span(_unsafeElements: type), name: Span(_unsafeElements: name))
        } catch { throw kept(error) }
    }

    public mutating func property(
        _ key: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) throws(GraphDataError) {
        do throws(StrataError) {
            try stream.property(Span(_unsafeElements: key), Span(_unsafeElements: value))
        } catch { throw kept(error) }
    }

    public mutating func relationship(
        _ type: UnsafeBufferPointer<UInt8>, to target: UInt32
    ) throws(GraphDataError) {
        do throws(StrataError) {
            try stream.relationship(Span(_unsafeElements: type), to: target)
        } catch { throw kept(error) }
    }

    public mutating func endEntity() { nextRow += 1 }

    /// Writes the snapshot and makes it permanent under its name.
    ///
    /// - Throws: as ``SnapshotStream/finish()``.
    public consuming func finish() throws(StrataError) -> SnapshotSummary { try stream.finish() }

    private mutating func kept(_ error: StrataError) -> GraphDataError {
        failure = error
        return GraphDataError(error.description)
    }
}
