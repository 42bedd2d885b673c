import Glibc

@testable import Strata

// What libFuzzer calls: `scripts/fuzz` links these files with it. In the fast suite they are plain functions.

/// Puts one input through everything. A finding ends the process, and libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    HostileAllocations.allowed = 64 << 10 + 16 * count
    HostileFile.shared.bytes = UnsafeRawBufferPointer(start: data, count: count)
    defer { HostileAllocations.allowed = .max }
    do {
        let outcome = try HostileReading.read("hostile", HostileFile.shared)
        // Opening a file of the system takes longer than most inputs do.
        if outcome != .refused, let data, data[count - 1] & 7 == 0 {
            HostileAllocations.allowed = .max
            try HostileReading.ask(try HostileFile.shared.inMemoryFile())
        }
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// Changes an input as ``HostileMutation`` does.
@_cdecl("LLVMFuzzerCustomMutator")
public func fuzzMutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int, _ seed: UInt32) -> Int {
    let file = UnsafeRawBufferPointer(start: data, count: count)
    guard let snapshot = HostileSnapshot(file) else { return min(count, room) }
    var mutation = HostileMutation(seed: UInt64(seed))
    return replace(data, count, room, by: mutation.mutate(snapshot, limit: room))
}

/// Joins two inputs.
@_cdecl("LLVMFuzzerCustomCrossOver")
public func fuzzCross(
    _ first: UnsafePointer<UInt8>, _ firstCount: Int, _ second: UnsafePointer<UInt8>, _ secondCount: Int,
    _ out: UnsafeMutablePointer<UInt8>, _ room: Int, _ seed: UInt32
) -> Int {
    guard let one = HostileSnapshot(UnsafeRawBufferPointer(start: first, count: firstCount)),
        let other = HostileSnapshot(UnsafeRawBufferPointer(start: second, count: secondCount))
    else { return 0 }
    var mutation = HostileMutation(seed: UInt64(seed))
    return replace(out, 0, room, by: mutation.cross(one, other))
}

/// - Returns: the length of what is now there: the old length where the new bytes do not fit.
private func replace(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int, by bytes: [UInt8]) -> Int {
    guard bytes.count <= room, !bytes.isEmpty else { return min(count, room) }
    bytes.withUnsafeBufferPointer { data.update(from: $0.baseAddress!, count: $0.count) }
    return bytes.count
}

/// Has large allocations noticed.
@_cdecl("LLVMFuzzerInitialize")
public func fuzzBegin(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>
) -> CInt {
    HostileAllocations.watch()
    return 0
}
