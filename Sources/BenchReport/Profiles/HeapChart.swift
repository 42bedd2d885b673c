import Foundation

/// The bytes that a program held over time.
public enum HeapChart {
    /// Draws `heap-timeline.svg` with its data and script into a folder.
    ///
    /// - Returns: why there is no picture, or nil when there is one. Data and script are there without gnuplot, too.
    /// - Throws: `ReportError` when a file cannot be written.
    public static func draw(
        _ moments: [(seconds: Double, bytes: Int)], of title: String, in folder: String,
        lookup: ExecutableLookup = .environment
    ) throws(ReportError) -> String? {
        guard let chart = chart(moments, title) else { return "the heap's timeline has fewer than two moments" }
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        for (name, text) in [("\(chart.name).dat", chart.data), ("\(chart.name).gp", chart.script)] {
            let file = url.appendingPathComponent(name)
            do { try Data(text.utf8).write(to: file, options: .atomic) } catch {
                throw ReportError("the file cannot be written: \(error.localizedDescription)", path: file.path)
            }
        }
        guard let gnuplot = Gnuplot(lookup: lookup, folder: url) else { return Gnuplot.missing }
        return gnuplot.draw(chart.name)
    }

    static func chart(_ moments: [(seconds: Double, bytes: Int)], _ title: String) -> Chart? {
        guard moments.count > 1,
            let x = Axis.linear(
                "time since the start, under the profiler", covering: moments.map(\.seconds), unit: .seconds,
                fromZero: true),
            let y = Axis.linear("bytes held", covering: moments.map { Double($0.bytes) }, unit: .bytes, fromZero: true)
        else { return nil }
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "seconds", meaning: "since the program's start"),
                .init(name: "bytes", meaning: "that the program held"),
            ])
        let index = file.add(
            "bytes held", rows: moments.map { [.number($0.seconds), .number(Double($0.bytes))] })
        let figure = Figure(
            name: "heap-timeline", title: "\(title): the heap over time",
            subtitle:
                "What was asked for and not yet freed. The profiler slows the program down, so that times are longer "
                + "than they would be.",
            legend: [],
            panels: [
                Panel(
                    title: "", x: x, y: y, height: 260,
                    plots: ["FILE index \(index) using 1:2 with steps lw 2 lc rgb '#0072B2' notitle"])
            ])
        return Chart(figure: figure, data: file, scenario: title, kind: .memory)
    }
}
