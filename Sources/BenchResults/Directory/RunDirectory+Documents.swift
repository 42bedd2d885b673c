import Foundation

extension RunDirectory {
    /// Replaces `environment.json`.
    ///
    /// - Throws: `ResultsError` when it cannot be written.
    public func write(_ environment: Environment) throws(ResultsError) {
        try write(json: environment, to: .environment)
    }

    /// Replaces `verdict.json`.
    ///
    /// - Throws: `ResultsError` when a figure is not finite or the file cannot be written.
    public func write(_ verdict: VerdictDocument) throws(ResultsError) { try write(json: verdict, to: .verdict) }

    /// Where and with what the run was measured.
    ///
    /// - Throws: `ResultsError` when the file cannot be read or is not what it should be.
    public func readEnvironment() throws(ResultsError) -> Environment { try read(json: .environment) }

    /// What the run came to.
    ///
    /// - Throws: `ResultsError` when the file cannot be read or is not what it should be.
    public func readVerdict() throws(ResultsError) -> VerdictDocument { try read(json: .verdict) }

    /// What a gate came to.
    ///
    /// - Throws: `ResultsError` when the file cannot be read or is not what it should be.
    public func readGate() throws(ResultsError) -> GateDocument { try read(json: .gate) }

    private func write(json value: some Encodable, to file: RunFile) throws(ResultsError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw ResultsError("cannot be written as JSON: \(explained(error))", path: path(of: file))
        }
        try write(bytes: Array(data) + [UInt8(ascii: "\n")], to: file.rawValue)
    }

    private func read<Value: Decodable>(json file: RunFile) throws(ResultsError) -> Value {
        let bytes = try readFile(path(of: file))
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw ResultsError("is not the document that it should be: \(explained(error))", path: path(of: file))
        }
    }

    /// What JSON says, in one clause with the key's path.
    private func explained(_ error: any Error) -> String {
        func told(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "\(context.debugDescription) (\(path))"
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "the key `\(key.stringValue)`: \(told(context))"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            return told(context)
        case EncodingError.invalidValue(let value, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return "`\(value)` (\(path)) is no figure"
        default: return "\(error)"
        }
    }
}
