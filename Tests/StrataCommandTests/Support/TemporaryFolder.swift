import Foundation
import Synchronization

/// A new folder that is removed with the last reference to it, at the latest when the tests end.
final class TemporaryFolder: Sendable {
    let url: URL

    private static let present = Mutex<Set<URL>>([])
    /// Static properties are never released: what they hold is removed at the end of the process.
    private static let removalAtExit: Void = {
        atexit {
            for url in TemporaryFolder.present.withLock({ $0 }) { try? FileManager.default.removeItem(at: url) }
        }
    }()

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("strata-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        self.url = url
        Self.removalAtExit
        Self.present.withLock { _ = $0.insert(url) }
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
        let url = url
        Self.present.withLock { _ = $0.remove(url) }
    }

    /// The path of something in the folder.
    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file, and the folders on the way to it.
    @discardableResult
    func write(_ text: String, to name: String) throws -> URL { try write(Data(text.utf8), to: name) }

    /// Writes a file, and the folders on the way to it.
    @discardableResult
    func write(_ data: Data, to name: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        return file
    }

    /// Reads a file as text.
    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
    }

    /// Whether there is such a file or folder.
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// The names in a folder, sorted; none when there is no such folder.
    func names(in name: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }
}
