import Synchronization
import Testing

@testable import Strata

@Suite struct ReaderLinesTests {
    /// What is beside a value is on other lines, however small the value is.
    @Test(arguments: [1, 3, 16, 17, 100])
    func valuesStandAlone(count: Int) {
        let pointers = (0..<8).map { _ in ReaderLines.allocate(UInt.self, count: count) }
        defer { for pointer in pointers { ReaderLines.deallocate(pointer) } }
        let byteCount = ReaderLines.byteCount(of: UInt.self, count: count)
        #expect(byteCount % 128 == 0)
        #expect(byteCount >= count * 8 && byteCount < count * 8 + 128)
        for pointer in pointers { #expect(UInt(bitPattern: pointer) % 128 == 0) }
    }

    /// What every look-up of an engine's readers begins with is written to by no change of the graph.
    @Test func theWaysInOfReadersStandAlone() throws {
        let engine = try KnowledgeEngine()
        let view = engine.view
        for address in [
            UInt(bitPattern: view.index.current), UInt(bitPattern: view.records.column.directory),
            UInt(bitPattern: view.records.slots.shared),
            view.records.slots.shared.pointee.directory.load(ordering: .relaxed),
        ] {
            #expect(address % 128 == 0)
        }
    }
}
