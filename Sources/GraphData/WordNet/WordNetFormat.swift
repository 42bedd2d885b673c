/// The four parts of speech of WordNet's files, in the order in which the graph takes them.
enum PartOfSpeech: Int, CaseIterable, Sendable {
    case noun, verb, adjective, adverb

    /// The file's name in the WordNet directory.
    var fileName: String {
        switch self {
        case .noun: "data.noun"
        case .verb: "data.verb"
        case .adjective: "data.adj"
        case .adverb: "data.adv"
        }
    }

    /// The letter in pointers and in names such as `n02084071`.
    var letter: UInt8 {
        switch self {
        case .noun: UInt8(ascii: "n")
        case .verb: UInt8(ascii: "v")
        case .adjective: UInt8(ascii: "a")
        case .adverb: UInt8(ascii: "r")
        }
    }

    /// The part of speech of a letter. Satellite adjectives (`s`) stand in the adjectives' file.
    init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "n"): self = .noun
        case UInt8(ascii: "v"): self = .verb
        case UInt8(ascii: "a"), UInt8(ascii: "s"): self = .adjective
        case UInt8(ascii: "r"): self = .adverb
        default: return nil
        }
    }
}

/// The types of synsets; their order is that of the letters `n v a s r`.
enum SynsetType: Int, CaseIterable, Sendable {
    case noun, verb, adjective, adjectiveSatellite, adverb

    /// The letter in the file.
    var letter: UInt8 { Array("nvasr".utf8)[rawValue] }

    /// The entity type in the graph.
    var entityType: String {
        switch self {
        case .noun: "noun"
        case .verb: "verb"
        case .adjective: "adjective"
        case .adjectiveSatellite: "adjective_satellite"
        case .adverb: "adverb"
        }
    }

    /// The type of a letter in the file of a part of speech, or `nil` where that file has no such type.
    init?(letter: UInt8, in partOfSpeech: PartOfSpeech) {
        switch (letter, partOfSpeech) {
        case (UInt8(ascii: "n"), .noun): self = .noun
        case (UInt8(ascii: "v"), .verb): self = .verb
        case (UInt8(ascii: "a"), .adjective): self = .adjective
        case (UInt8(ascii: "s"), .adjective): self = .adjectiveSatellite
        case (UInt8(ascii: "r"), .adverb): self = .adverb
        default: return nil
        }
    }
}

/// The tables of the format that stand in no file of the package `wordnet-base`.
enum WordNetFormat {
    /// The lexicographer files by number, as `lexnames(5WN)` lists them.
    static let lexicographerFiles = [
        "adj.all", "adj.pert", "adv.all", "noun.Tops", "noun.act", "noun.animal", "noun.artifact", "noun.attribute",
        "noun.body", "noun.cognition", "noun.communication", "noun.event", "noun.feeling", "noun.food", "noun.group",
        "noun.location", "noun.motive", "noun.object", "noun.person", "noun.phenomenon", "noun.plant",
        "noun.possession", "noun.process", "noun.quantity", "noun.relation", "noun.shape", "noun.state",
        "noun.substance", "noun.time", "verb.body", "verb.change", "verb.cognition", "verb.communication",
        "verb.competition", "verb.consumption", "verb.contact", "verb.creation", "verb.emotion", "verb.motion",
        "verb.perception", "verb.possession", "verb.social", "verb.stative", "verb.weather", "adj.ppl",
    ]

    /// Whether lexicographer file `number` holds synsets of a part of speech.
    static func lexicographerFile(_ number: Int, belongsTo partOfSpeech: PartOfSpeech) -> Bool {
        switch partOfSpeech {
        case .noun: (3...28).contains(number)
        case .verb: (29...43).contains(number)
        case .adjective: number <= 1 || number == 44
        case .adverb: number == 2
        }
    }

    /// The highest number of a verb frame.
    static let frameCount = 35

    /// The names of the relations.
    static let relations = [
        "antonym", "hypernym", "instance_hypernym", "hyponym", "instance_hyponym", "member_holonym",
        "substance_holonym", "part_holonym", "member_meronym", "substance_meronym", "part_meronym", "attribute",
        "derivation", "domain_topic", "topic_member", "domain_region", "region_member", "domain_usage",
        "usage_member", "entailment", "cause", "also_see", "verb_group", "similar_to", "participle", "pertainym",
        "derived_from_adj",
    ]

    /// The index in `relations` of a pointer symbol, packed with its first byte below its second (0 for none).
    /// `\` means another relation for adverbs than for adjectives, and none elsewhere.
    static func relation(_ symbol: UInt16, of partOfSpeech: PartOfSpeech) -> Int? {
        switch symbol {
        case pack("!"): 0
        case pack("@"): 1
        case pack("@i"): 2
        case pack("~"): 3
        case pack("~i"): 4
        case pack("#m"): 5
        case pack("#s"): 6
        case pack("#p"): 7
        case pack("%m"): 8
        case pack("%s"): 9
        case pack("%p"): 10
        case pack("="): 11
        case pack("+"): 12
        case pack(";c"): 13
        case pack("-c"): 14
        case pack(";r"): 15
        case pack("-r"): 16
        case pack(";u"): 17
        case pack("-u"): 18
        case pack("*"): 19
        case pack(">"): 20
        case pack("^"): 21
        case pack("$"): 22
        case pack("&"): 23
        case pack("<"): 24
        case pack("\\"): partOfSpeech == .adjective ? 25 : partOfSpeech == .adverb ? 26 : nil
        default: nil
        }
    }

    private static func pack(_ symbol: StaticString) -> UInt16 {
        UInt16(symbol.utf8Start[0]) | (symbol.utf8CodeUnitCount > 1 ? UInt16(symbol.utf8Start[1]) << 8 : 0)
    }
}
