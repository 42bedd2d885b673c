import Testing

/// Requires a refusal: this exit code, and a sentence on standard error that holds each of `words`; no trap, no trace.
func expectRefusal(
    _ outcome: Outcome, exit codes: Int32..., saying words: [String], sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(!outcome.wasSignalled, "\(outcome)", sourceLocation: sourceLocation)
    #expect(codes.contains(outcome.exitCode), "expected exit \(codes); \(outcome)", sourceLocation: sourceLocation)
    for word in words {
        #expect(outcome.errors.contains(word), "expected \"\(word)\"; \(outcome)", sourceLocation: sourceLocation)
    }
    #expect(!outcome.errors.isEmpty, "expected a sentence; \(outcome)", sourceLocation: sourceLocation)
    for sign in ["Fatal error", "Stack dump", "Thread 0 ", "Error Domain=", "NSError"] {
        #expect(!outcome.errors.contains(sign), "no sentence for a person; \(outcome)", sourceLocation: sourceLocation)
    }
}

/// Requires exit code 0.
func expectSuccess(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(outcome.exitCode == 0 && !outcome.wasSignalled, "\(outcome)", sourceLocation: sourceLocation)
}
