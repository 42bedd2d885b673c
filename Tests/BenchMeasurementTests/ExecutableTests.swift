import Foundation
import Testing

@testable import BenchMeasurement

@Suite("Executables and the names in them")
struct ExecutableTests {
    @Test("A copy has all bytes but those that name debug sections, and only in the table of names")
    func copy() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-elf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // A header, a section header, some content that only looks like a name, and the names.
        let content = Array(".debug_info in a program's text".utf8)
        let names = Array("\0.text\0.debug_info\0.debug_line\0.shstrtab\0".utf8)
        var bytes = [UInt8](repeating: 0, count: 64 + 64) + content + names
        func put(_ value: UInt64, _ size: Int, at place: Int) {
            for byte in 0..<size { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
        }
        bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        put(64, 8, at: 0x28)
        put(64, 2, at: 0x3A)
        put(0, 2, at: 0x3E)
        put(UInt64(128 + content.count), 8, at: 64 + 0x18)
        put(UInt64(names.count), 8, at: 64 + 0x20)
        let (path, copy) = (folder.appending(path: "program"), folder.appending(path: "copy"))
        try Data(bytes).write(to: path)
        try ExecutableCopy.withoutDebugInformation(of: path.path, at: copy.path)
        let expected =
            bytes[..<(128 + content.count)] + Array("\0.text\0.hiddeninfo\0.hiddenline\0.shstrtab\0".utf8)
        #expect(try Data(contentsOf: copy) == Data(expected))
        #expect(FileManager.default.isExecutableFile(atPath: copy.path))

        for broken in [Data("#!/bin/sh\n".utf8), Data(bytes[..<100]), Data(), Data(bytes[..<150])] {
            try broken.write(to: path)
            let error = #expect(throws: MeasurementError.self) {
                try ExecutableCopy.withoutDebugInformation(of: path.path, at: copy.path)
            }
            #expect(error?.message.contains("ELF") == true)
        }
        #expect(throws: MeasurementError.self) {
            try ExecutableCopy.withoutDebugInformation(of: "/no/such/program", at: copy.path)
        }
    }

    @Test("Symbols of Swift become declarations, others stay")
    func names() {
        #expect(
            MangledName.readable("$sSi1poiyS2i_SitFZ") == "static Swift.Int.+ infix(Swift.Int, Swift.Int) -> Swift.Int")
        #expect(MangledName.readable("malloc") == "malloc")
        #expect(MangledName.readable("$snonsense") == "$snonsense")
    }

    @Test("A program of the PATH is found, another is not")
    func tools() {
        #expect(ToolSearch.find("sh")?.hasSuffix("/sh") == true)
        #expect(ToolSearch.find("no-such-program-anywhere") == nil)
    }
}
