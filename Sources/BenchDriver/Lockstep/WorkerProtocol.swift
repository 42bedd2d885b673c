/// What a parent and a worker of another build must agree on before one drives the other.
public enum WorkerProtocol {
    /// Counted up when a worker of before cannot read the ``BlockJob`` of after, or speaks another lockstep.
    ///
    /// `strata worker --protocol` prints it.
    public static let number = 1
}
