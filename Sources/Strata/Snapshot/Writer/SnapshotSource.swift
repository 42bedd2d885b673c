/// A graph that can be written as a snapshot.
///
/// Entities have positions `0..<entityCount`, in strictly ascending order of their ids; relationships name their
/// target by its position. The writer pulls what it needs, and may ask for a thing more than once: the graph must not
/// change meanwhile. Pointers need to stay valid only until the next call.
public protocol SnapshotSource: ~Copyable {
    /// The count of entities: fewer than 2^32 - 1.
    var entityCount: Int { get }
    /// The numbers in each embedding; 0 when there are none.
    var embeddingDimensions: Int { get }
    /// String ids are below this. Strings that nothing refers to are not written.
    var stringCount: Int { get }

    /// The bytes of a string. Two ids may name equal bytes; they become one string in the file.
    func utf8(of string: UInt32) -> UnsafeBufferPointer<UInt8>

    /// What the entity is known by.
    func id(at position: Int) -> UInt32
    /// The entity's type.
    func type(at position: Int) -> InternedString
    /// The entity's external name, where it has one.
    func name(at position: Int) -> InternedString?
    /// The entity's properties. Pairs of one key keep their order.
    func properties(at position: Int) -> UnsafeBufferPointer<InternedProperty>
    /// The first of `embeddingDimensions` numbers; nil when the entity has no embedding.
    func embedding(at position: Int) -> UnsafePointer<Float>?

    /// The count of the entity's outgoing relationships.
    func relationshipCount(at position: Int) -> Int
    /// Calls `body` with the type and the target's position of each outgoing relationship, in any order; equal ones
    /// are all kept.
    func forEachRelationship(at position: Int, _ body: (_ type: InternedString, _ target: Int) -> Void)
}
