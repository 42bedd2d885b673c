import Foundation

/// A WordNet of eight synsets in the form of the real files, so that the way of a file through import, verify, inspect
/// and query takes milliseconds.
enum SmallWordNet {
    /// The synsets, in the order of the files: part of speech, letter, words, pointers to others by index, gloss.
    private static let synsets:
        [(file: String, letter: String, words: [String], pointers: [(String, Int)], gloss: String)] =
            [
                ("noun", "n", ["entity"], [("~", 1)], "that which exists"),
                ("noun", "n", ["animal", "beast"], [("@", 0), ("~", 2)], "a living thing that moves"),
                ("noun", "n", ["dog", "domestic_dog"], [("@", 1), ("~", 3), ("+", 4)], "a tame animal that barks"),
                ("noun", "n", ["puppy"], [("@", 2)], "a young dog that barks"),
                ("verb", "v", ["dog", "chase"], [("+", 2)], "go after like a dog"),
                ("adj", "a", ["tame"], [("&", 6)], "not wild"),
                ("adj", "s", ["docile(p)"], [("&", 5)], "easily led"),
                ("adv", "r", ["tamely"], [("\\", 5)], "in a tame manner"),
            ]

    /// The counts of this graph.
    static let entityCount = synsets.count
    static let relationshipCount = synsets.reduce(0) { $0 + $1.pointers.count }

    /// The external names of the synsets, by their index.
    static let names: [String] = offsets().enumerated().map { index, offset in
        (synsets[index].letter == "s" ? "a" : synsets[index].letter) + offset
    }
    static var entity: String { names[0] }
    static var animal: String { names[1] }
    static var dog: String { names[2] }
    static var puppy: String { names[3] }

    /// Writes the data files into a folder and returns its path.
    static func write(into folder: TemporaryFolder, named name: String = "wordnet") throws -> String {
        for file in ["noun", "verb", "adj", "adv"] { try folder.write(text(of: file), to: "\(name)/data.\(file)") }
        return folder.path(name)
    }

    /// Imports this graph into a file `small.strata` in a folder, and returns its path.
    static func snapshot(in folder: TemporaryFolder) async throws -> String {
        let path = folder.path("small.strata")
        let outcome = try await Strata.run(
            "import", "wordnet", "--directory", try write(into: folder), "--out", path)
        guard outcome.exitCode == 0 else { throw Failure("no snapshot to test with: \(outcome)") }
        return path
    }

    private static let licence = "  1 This stands for the licence that opens each file.  \n"

    /// The text of a data file, each synset at the byte that its offset says.
    static func text(of file: String) -> String {
        let offsets = offsets()
        return licence + synsets.indices.filter { synsets[$0].file == file }.map { line($0, offsets) }.joined()
    }

    private static func offsets() -> [String] {
        var found: [String] = []
        var position: [String: Int] = [:]
        let eightDigits = Array(repeating: "00000000", count: synsets.count)
        for index in synsets.indices {
            let start = position[synsets[index].file] ?? licence.utf8.count
            let digits = String(start)
            found.append(String(repeating: "0", count: 8 - digits.count) + digits)
            position[synsets[index].file] = start + line(index, eightDigits).utf8.count
        }
        return found
    }

    private static func line(_ index: Int, _ offsets: [String]) -> String {
        let synset = synsets[index]
        let lexicographerFile = ["noun": "03", "verb": "38", "adj": "00", "adv": "02"][synset.file] ?? ""
        let words = synset.words.map { "\($0) 0" }.joined(separator: " ")
        let pointers = synset.pointers.map { symbol, target in
            let letter = synsets[target].letter == "s" ? "a" : synsets[target].letter
            return "\(symbol) \(offsets[target]) \(letter) 0000 "
        }.joined()
        let frames = synset.letter == "v" ? "01 + 08 00 " : ""
        return "\(offsets[index]) \(lexicographerFile) \(synset.letter) 0\(synset.words.count) \(words) "
            + "00\(synset.pointers.count) \(pointers)\(frames)| \(synset.gloss)  \n"
    }
}
