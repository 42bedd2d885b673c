/// A line of a data file, taken apart. Ranges are bytes of the file. One value is reused for all lines.
struct Synset {
    struct Pointer {
        /// Index in `WordNetFormat.relations`.
        var relation: Int
        /// Where the target stands.
        var partOfSpeech: PartOfSpeech
        /// The target's offset in the file of that part of speech.
        var offset: UInt32
        /// Where the target's offset stands in this file, for errors.
        var position: Int
    }

    /// The synset's number in its file.
    var offset: UInt32 = 0
    /// Index in `WordNetFormat.lexicographerFiles`.
    var lexicographerFile = 0
    var type = SynsetType.noun
    /// The word forms without their syntactic markers; spaces are underscores.
    var words: [Range<Int>] = []
    var pointers: [Pointer] = []
    /// Definition and examples, without the spaces around them.
    var gloss = 0..<0
    /// The eight digits of the offset.
    var digits = 0..<0
}
