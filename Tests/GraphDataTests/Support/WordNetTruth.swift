/// What is known of WordNet 3.0, counted by other readers of the same files.
enum WordNetTruth {
    static let synsets = 117_659
    static let synsetsByType = [
        "noun": 82_115, "verb": 13_767, "adjective": 7_463, "adjective_satellite": 10_693, "adverb": 3_621,
    ]
    static let synsetsByLexicographerFile = [
        "adj.all": 14_435, "noun.artifact": 11_587, "noun.person": 11_087, "noun.plant": 8_030, "noun.animal": 7_509,
        "noun.act": 6_650, "noun.communication": 5_607, "adj.pert": 3_661, "adv.all": 3_621, "noun.state": 3_544,
        "noun.location": 3_209, "noun.attribute": 3_039, "noun.substance": 2_983, "noun.cognition": 2_964,
        "noun.group": 2_624, "noun.food": 2_573, "verb.change": 2_383, "verb.contact": 2_196, "noun.body": 2_016,
        "verb.communication": 1_548, "noun.object": 1_545, "verb.motion": 1_408, "noun.quantity": 1_275,
        "verb.social": 1_106, "noun.event": 1_074, "noun.possession": 1_061, "noun.time": 1_028,
        "verb.possession": 847, "noun.process": 770, "verb.stative": 756, "verb.cognition": 695,
        "verb.creation": 694, "noun.phenomenon": 641, "verb.body": 547, "verb.perception": 461,
        "verb.competition": 459, "noun.relation": 437, "noun.feeling": 428, "verb.emotion": 343, "noun.shape": 341,
        "verb.consumption": 243, "verb.weather": 81, "adj.ppl": 60, "noun.Tops": 51, "noun.motive": 42,
    ]
    static let pointers = 377_592
    static let pointersByRelation = [
        "hyponym": 89_089, "hypernym": 89_089, "derivation": 74_717, "similar_to": 21_386, "member_holonym": 12_293,
        "member_meronym": 12_293, "part_meronym": 9_097, "part_holonym": 9_097, "instance_hyponym": 8_577,
        "instance_hypernym": 8_577, "antonym": 7_979, "topic_member": 6_654, "domain_topic": 6_654,
        "pertainym": 4_801, "also_see": 3_272, "derived_from_adj": 3_222, "verb_group": 1_750, "domain_usage": 1_376,
        "usage_member": 1_376, "domain_region": 1_360, "region_member": 1_360, "attribute": 1_278,
        "substance_meronym": 797, "substance_holonym": 797, "entailment": 408, "cause": 220, "participle": 73,
    ]
    static let pointersBySource = ["n": 269_261, "v": 54_947, "a": 49_341, "r": 4_043]
    static let distinctRelationships = 364_552
    static let selfLoops = 19
    static let wordSlots = 206_978
    static let distinctWords = 148_730
    static let mostWords = (28, "n05559256")
    static let glossBytes = 8_845_632
    static let distinctGlosses = 117_033
    static let largestDegrees = [
        ("n08524735", 673), ("n08441203", 616), ("n08860123", 555), ("v00126264", 413), ("n00007846", 411),
    ]
    static let degreeHistogram = [1_009, 43_315, 30_761, 16_674, 7_821, 4_688, 3_142, 2_178, 1_558, 1_190, 920]
    static let dogPointers = 23
    static let dogHyponyms = 189
    static let dogHypernyms = 14
    /// With instances, such as poets by name: 6,978 without.
    static let personHyponyms = 10_296
    static let levelsFromDog = [
        1, 23, 66, 649, 1_408, 7_653, 18_663, 33_728, 32_320, 13_402, 3_131, 617, 71, 11,
    ]
    static let rootsByType = ["noun": 1, "verb": 559]
}
