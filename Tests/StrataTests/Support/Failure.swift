import Strata

/// The error that a call ends with; nil when it succeeds.
func failure<Result: ~Copyable>(_ body: () throws -> Result) -> StrataError? {
    do {
        _ = try body()
        return nil
    } catch let error as StrataError {
        return error
    } catch {
        preconditionFailure("an error of another type: \(error)")
    }
}
