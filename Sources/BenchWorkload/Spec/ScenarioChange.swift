import BenchYAML

/// What was put into a scenario's tree last, after it was read from its file.
enum ScenarioChange {
    /// Nothing: the scenario as it stands in its file.
    case none
    /// A profile of the file.
    case profile
    /// Values of `--set`.
    case overrides
    /// The values of a point of the sweep.
    case sweep

    /// Whether a value stands in the change itself.
    func holds(_ node: Node) -> Bool { holds(keyPath: node.keyPath, file: node.location.file) }

    /// Whether an error stands in the change itself.
    func holds(_ error: DocumentError) -> Bool { holds(keyPath: error.keyPath, file: error.file) }

    private func holds(keyPath: String, file: String) -> Bool {
        switch self {
        case .none: return false
        case .profile: return keyPath.hasPrefix("profiles.")
        case .overrides: return file.hasPrefix("--set ")
        case .sweep: return keyPath.hasPrefix("sweep.")
        }
    }

    /// An error that does not stand in the change itself, with a word about what brought it about.
    func blaming(_ cause: String, for error: DocumentError) -> DocumentError {
        guard !holds(error) else { return error }
        var error = error
        error.message = "\(cause), \(error.message)"
        return error
    }
}
