public import BenchResults

/// The file format of speedscope (speedscope.app/file-format-schema.json): one profile of the type `sampled`, a sample
/// for each stack with its weight. speedscope's "left heavy" view is then the flame graph, to be walked through.
public enum Speedscope {
    /// The text of some stacks.
    ///
    /// - Parameters:
    ///   - name: what the profile is called.
    ///   - unit: `bytes` for bytes; everything else is a number of things.
    /// - Throws: never for stacks of a run; the names are text and the weights whole numbers.
    public static func text(_ stacks: FoldedStacks, name: String, unit: String) throws(ReportError) -> String {
        var frames: [Frame] = []
        var places: [String: Int] = [:]
        var samples: [[Int]] = []
        var weights: [Int] = []
        // Sorted, so that the same stacks are the same file.
        for (stack, weight) in stacks.weights.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            samples.append(
                stack.map { frame in
                    if let place = places[frame] { return place }
                    places[frame] = frames.count
                    frames.append(Frame(name: frame))
                    return frames.count - 1
                })
            weights.append(weight)
        }
        let profile = Profile(
            name: name, unit: unit == "bytes" ? "bytes" : "none", endValue: weights.reduce(0, +), samples: samples,
            weights: weights)
        return try ExportJSON.text(File(name: name, shared: Shared(frames: frames), profiles: [profile]))
    }

    private struct Frame: Encodable { var name: String }

    private struct Shared: Encodable { var frames: [Frame] }

    private struct Profile: Encodable {
        var type = "sampled"
        var name: String
        var unit: String
        var startValue = 0
        var endValue: Int
        var samples: [[Int]]
        var weights: [Int]
    }

    private struct File: Encodable {
        var schema = "https://www.speedscope.app/file-format-schema.json"
        var name: String
        var exporter = "strata"
        var activeProfileIndex = 0
        var shared: Shared
        var profiles: [Profile]

        private enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case name, exporter, activeProfileIndex, shared, profiles
        }
    }
}
