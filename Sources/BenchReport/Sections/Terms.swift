import Foundation

/// What the words mean, of those that a report uses: a definition of a word that does not occur is a riddle.
enum Terms {
    /// What each of the store's strategies does, in one line.
    static let strategies = [
        "direct":
            "each piece of memory is a `malloc` of its own, given back by a `free` of its own: the allocator does all"
            + " the work.",
        "pool":
            "pieces are blocks of a few sizes, cut from slabs that the store takes from `malloc`, and used again one by"
            + " one.",
        "bump":
            "pieces stand one behind the other in large areas that the store takes from `malloc`. An area is given back as"
            + " a whole, once nothing in it is in use any more or the rest was moved out; until then what was replaced still"
            + " takes its room.",
    ]

    /// A word, the forms by which its use is known, and its meaning.
    private struct Term {
        var word: String
        var forms: [String]
        var meaning: String
    }

    private static let all = [
        Term(
            word: "Arm", forms: ["arms?"],
            meaning:
                "one way to run the workload: a subject (the store under test; `standard` is what a Swift programmer writes"
                + " first), the allocator behind its malloc, the subject's own allocation strategy, a number of threads."
        ),
        Term(
            word: "Block", forms: ["blocks?"],
            meaning:
                "all phases of an arm, once, in a fresh process. Blocks with one number ran next to each other in time and"
                + " are compared as a pair, so that what disturbs both cancels."),
        Term(word: "Round", forms: ["rounds?"], meaning: "the blocks of one number, one of each arm."),
        Term(
            word: "Placebo", forms: ["placebo"],
            meaning:
                "the reference allocator under a second name. It has to tie with itself: where it does not, what tells arms"
                + " apart is not the allocator, and nothing is ranked."),
        Term(
            word: "Interval", forms: ["intervals?"],
            meaning: "where the true ratio lies with 95 % confidence, as far as the blocks tell."),
        Term(
            word: "Joint", forms: ["joint"],
            meaning:
                "all intervals of a kind hold together with 95 %, so that none of them has to be distrusted for being one of"
                + " many."),
        Term(
            word: "Faster, slower, ties, not told apart", forms: ["not told apart", "ties"],
            meaning:
                "the whole interval lies beyond the tolerance, or inside it, or it does neither: the run cannot tell."),
        Term(
            word: "Provisional", forms: ["provisional"],
            meaning: "proven by the intervals, in a run without a placebo to show that equal arms tie in it."),
    ]

    /// The definitions of those words that occur in a document; nil where none does.
    static func block(for document: Document) -> Document.Block? {
        let text = MarkdownRenderer().text(document)
        let used = all.filter { term in
            term.forms.contains {
                text.range(of: "\\b\($0)\\b", options: [.regularExpression, .caseInsensitive]) != nil
            }
        }
        guard !used.isEmpty else { return nil }
        return .details(
            "What the words mean",
            [.list(used.map { [.strong("\($0.word):"), .text(" ")] + .sentence($0.meaning) })])
    }
}
