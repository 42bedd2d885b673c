/// An entity's values on their way into its record: those that are over their limit go to the wide table.
struct NarrowFields {
    let position: UInt32
    /// The flags of the values that went to the wide table.
    var flags: ZeroCopyEntity.Flags = []
    private(set) var wide: [WideEntry] = []

    init(position: UInt32) { self.position = position }

    /// The value as its field has it. To be called in the order of the fields' numbers.
    mutating func narrow<Field: FixedWidthInteger>(
        _ value: UInt64, limit: UInt64, _ field: WideEntry.Field, _ flag: ZeroCopyEntity.Flags
    ) -> Field {
        guard value > limit else { return Field(value) }
        wide.append(WideEntry(position: position, field: field.rawValue, value: value))
        flags.insert(flag)
        return .max
    }
}
