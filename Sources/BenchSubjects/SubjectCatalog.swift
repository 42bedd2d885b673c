public import BenchDriver
import Strata

/// The subjects that this build can measure, by name.
public struct SubjectCatalog: SubjectFactory {
    public init() {}

    public var names: [String] { ["strata", "standard", "null"] }

    /// What each subject is, for people.
    public func title(_ name: String) -> String {
        switch name {
        case "strata": "the storage stack"
        case "standard": "a Swift dictionary of objects: what one writes first"
        default: "does nothing: the harness's own cost"
        }
    }

    /// The allocation strategies that a subject knows; `direct` stands for "whatever the subject does".
    public func strategies(_ name: String) -> [String] {
        name == "strata" ? AllocationStrategy.allCases.map(\.rawValue) : ["direct"]
    }

    public func make(_ name: String, _ context: SubjectContext) throws(SubjectError) -> any Subject {
        switch name {
        case "strata": return try StrataSubject(context)
        case "standard": return StandardSubject(context)
        case "null": return NullSubject(context)
        default:
            throw SubjectError("there is no subject '\(name)'; there are \(names.joined(separator: ", "))")
        }
    }
}
