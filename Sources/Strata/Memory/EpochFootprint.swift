extension EpochManager {
    /// Bytes that the places of readers hold from the process's allocator, as long as there are no more than 64.
    var placeBytes: Int { ParticipantTable.segmentCapacity * EpochPlace.byteCount + 640 }
}
