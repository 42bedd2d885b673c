import BenchResults
import Foundation
import FoundationXML
import Testing

@testable import BenchReport

@Suite struct FlameGraphTests {
    private var stacks: FoldedStacks {
        var stacks = FoldedStacks()
        stacks.add(["load", "main", "Strata.insert(_:)", "malloc"], 60)
        stacks.add(["load", "main", "Strata.find<A>(_:)"], 30)
        stacks.add(["get", "[libc.so.6]"], 10)
        return stacks
    }

    private struct Box {
        var x: Double
        var y: Double
        var width: Double
        var fill: String
        var title: String
    }

    /// Reads the boxes of a picture, by its XML.
    private final class Reader: NSObject, XMLParserDelegate {
        var boxes: [Box] = []
        private var title = ""
        private var isTitle = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            if name == "title" {
                title = ""
                isTitle = true
            }
            guard name == "rect", !title.isEmpty, let x = Double(attributes["x"] ?? ""),
                let y = Double(attributes["y"] ?? ""), let width = Double(attributes["width"] ?? "")
            else { return }
            boxes.append(Box(x: x, y: y, width: width, fill: attributes["fill"] ?? "", title: title))
        }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            isTitle = false
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) { if isTitle { title += text } }
    }

    private func boxes(_ graph: FlameGraph) -> [Box] {
        let reader = Reader()
        let parser = XMLParser(data: Data(graph.svg().utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        return reader.boxes
    }

    @Test func boxesAreAsWideAsTheirShareAndStandOnTheirCallers() throws {
        let boxes = boxes(FlameGraph(stacks, title: "a <b> & c", unit: "samples"))
        func box(_ name: String) throws -> Box { try #require(boxes.first { $0.title.hasPrefix("\(name):") }) }
        #expect(boxes.count == 8)
        let (all, load, insert, find) = (
            try box("all"), try box("load"), try box("Strata.insert(_:)"), try box("Strata.find<A>(_:)")
        )
        #expect(abs(all.width - 1179.7) < 0.1)
        #expect(abs(load.width - 0.9 * 1180 + 0.3) < 0.1 && abs(insert.width - 0.6 * 1180 + 0.3) < 0.1)
        #expect(all.y - load.y == 17 && load.y - insert.y == 34)
        // Callees stand side by side, in alphabetical order, from their caller's left edge on.
        #expect(find.x == load.x && abs(insert.x - find.x - 0.3 * 1180) < 0.01)
        #expect(insert.title == "Strata.insert(_:): 60 samples, 60.00 %")
    }

    @Test func whatGrewIsRedAndWhatShrankIsBlue() throws {
        var before = FoldedStacks()
        before.add(["load", "main", "Strata.insert(_:)", "malloc"], 10)
        before.add(["load", "main", "Strata.find<A>(_:)"], 80)
        before.add(["get", "[libc.so.6]"], 10)
        let boxes = boxes(FlameGraph(stacks, before: before, title: "t", unit: "samples"))
        func fill(_ name: String) -> String? { boxes.first { $0.title.hasPrefix("\(name):") }?.fill }
        #expect(fill("malloc") == "#fa3232" && fill("Strata.find<A>(_:)") == "#3232fa")
        #expect(fill("get") == "#faf0f0")
        #expect(boxes.contains { $0.title.hasSuffix("before 10.00 %, +50.00 points") })
    }

    @Test func nothingIsAPictureToo() {
        #expect(boxes(FlameGraph(FoldedStacks(), title: "t", unit: "samples")).isEmpty)
    }

    // MARK: speedscope

    /// The required fields of speedscope's schema for a sampled profile.
    private struct File: Decodable {
        struct Shared: Decodable {
            struct Frame: Decodable { var name: String }
            var frames: [Frame]
        }

        struct Profile: Decodable {
            var type: String, name: String, unit: String
            var startValue: Double, endValue: Double
            var samples: [[Int]]
            var weights: [Double]
        }

        var schema: String
        var shared: Shared
        var profiles: [Profile]

        private enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case shared, profiles
        }
    }

    @Test func speedscopeHoldsTheStacks() throws {
        let text = try Speedscope.text(stacks, name: "n", unit: "samples")
        let file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
        #expect(file.schema == "https://www.speedscope.app/file-format-schema.json")
        let profile = try #require(file.profiles.first)
        #expect(profile.type == "sampled" && profile.unit == "none")
        #expect(profile.startValue == 0 && profile.endValue == 100)
        #expect(profile.samples.count == profile.weights.count)
        var read = FoldedStacks()
        for (sample, weight) in zip(profile.samples, profile.weights) {
            read.add(sample.map { file.shared.frames[$0].name }, Int(weight))
        }
        #expect(read == stacks)
        #expect(Set(file.shared.frames.map(\.name)).count == file.shared.frames.count)
    }

    // MARK: Tables

    @Test func tablesNameTheHottestAndTheChanged() {
        let rows = FunctionTable.hottest(stacks)
        #expect(rows[1] == ["60.0 %", "60.0 %", "malloc"] && rows.count == 4)
        var before = FoldedStacks()
        before.add(["x", "malloc"], 1)
        before.add(["x", "gone"], 1)
        let changes = FunctionTable.changes(before: before, after: stacks)
        #expect(changes[1] == ["50.0 %", "0.0 %", "-50.0 %", "gone"])
        #expect(changes.contains(["50.0 %", "60.0 %", "+10.0 %", "malloc"]))
    }

    @Test func theHeapOverTimeIsAChart() throws {
        let chart = try #require(HeapChart.chart([(0, 0), (0.5, 4_000_000), (1, 1_000)], "cache-churn"))
        #expect(chart.name == "heap-timeline" && chart.data.contains("0.5\t4000000"))
        #expect(HeapChart.chart([(0, 5)], "x") == nil)
    }
}
