@testable import Strata

/// Changes a snapshot as a hostile hand would: a few values of its parts, and then all that a reader checks before it
/// comes to them is made right again, most of the time.
struct HostileMutation {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// Another file, of at most `limit` bytes as far as possible.
    mutating func mutate(_ snapshot: HostileSnapshot, limit: Int) -> [UInt8] {
        var changed = snapshot
        for _ in 0...random.below(4) { change(&changed, room: max(0, limit - size(changed))) }
        let choice = random.below(100)
        // Tables that do not fit, wrong headers and wrong checksums are refused early: once in a while is enough.
        if choice < 70 { return changed.assembled(.all) }
        if choice < 88 { return changed.assembled([.table, .header, .checksums]) }
        if choice < 94 { return changed.assembled([.counts, .header, .checksums]) }
        if choice < 97 { return changed.assembled([.counts, .table, .checksums]) }
        var bytes = changed.assembled(.all)
        if !bytes.isEmpty { bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8)) }
        if random.chance(30) { bytes.removeLast(random.below(bytes.count + 1)) }
        return bytes
    }

    private func size(_ snapshot: HostileSnapshot) -> Int {
        snapshot.sections.reduce(4096) { $0 + $1.content.count + 64 }
    }

    private mutating func change(_ snapshot: inout HostileSnapshot, room: Int) {
        guard !snapshot.sections.isEmpty else { return }
        let used = snapshot.sections.indices.filter { !snapshot.sections[$0].content.isEmpty }
        let index =
            used.isEmpty || random.chance(5)
            ? random.below(snapshot.sections.count) : used[random.below(used.count)]
        switch random.below(100) {
        case 0..<45: changeElement(&snapshot, index)
        case 45..<60: changeBytes(&snapshot.sections[index])
        case 60..<75: changeCount(&snapshot.sections[index], room: room)
        case 75..<85: changeStrings(&snapshot, room: room)
        case 85..<93: changeEntry(&snapshot, index)
        case 93..<96: changeHeader(&snapshot)
        default:
            let other = random.below(snapshot.sections.count)
            if random.chance(50) {
                snapshot.sections[index].content = snapshot.sections[other].content
            } else {
                snapshot.sections.swapAt(index, other)
            }
        }
    }

    /// A number that some comparison may have forgotten.
    private mutating func number(_ snapshot: HostileSnapshot, now: UInt64) -> UInt64 {
        switch random.below(8) {
        case 0: return 0
        case 1: return .max
        case 2: return now &+ (random.chance(50) ? 1 : .max)
        case 3: return 1 << UInt64(random.below(64))
        case 4: return (1 << UInt64(random.below(64))) &- 1
        case 5: return random.next()
        default:
            let section = snapshot.sections[random.below(snapshot.sections.count)]
            let count = UInt64(section.content.count / section.stride)
            return count &+ UInt64(random.below(3)) &- 1
        }
    }

    /// Another value in a field of one element.
    private mutating func changeElement(_ snapshot: inout HostileSnapshot, _ index: Int) {
        var section = snapshot.sections[index]
        let stride = section.stride
        guard section.content.count >= stride else { return }
        let start = random.below(section.content.count / stride) * stride
        // Offsets and lengths of the fields of the records; other elements are numbers, or many of them.
        let fields: [(Int, Int)] =
            switch section.kind {
            case .entities: [(0, 4), (4, 2), (6, 2), (8, 4), (12, 4), (16, 2), (18, 2)]
            case .wide: [(0, 4), (4, 4), (8, 8)]
            case .embeddings: [(random.below(max(1, stride / 4)) * 4, 4)]
            default: [(0, min(stride, 8))]
            }
        let (offset, length) = fields[random.below(fields.count)]
        guard start + offset + length <= section.content.count else { return }
        let now = HostileSnapshot.number(section.content, start + offset, length)
        var value = number(snapshot, now: now)
        if random.chance(20) {
            // That of another element.
            let other = random.below(section.content.count / stride) * stride
            if other + offset + length <= section.content.count {
                value = HostileSnapshot.number(section.content, other + offset, length)
            }
        }
        for byte in 0..<length {
            section.content[start + offset + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
        }
        snapshot.sections[index] = section
    }

    /// Bits, bytes, and runs of them.
    private mutating func changeBytes(_ section: inout HostileSnapshot.Section) {
        guard !section.content.isEmpty else { return }
        let start = random.below(section.content.count)
        let count = min(1 + random.below(random.chance(80) ? 4 : 64), section.content.count - start)
        switch random.below(5) {
        case 0: section.content[start] ^= 1 << UInt8(random.below(8))
        case 1:
            for place in start..<start + count { section.content[place] = UInt8(truncatingIfNeeded: random.next()) }
        case 2:
            let value: UInt8 = [0, 0x7F, 0x80, 0xFF][random.below(4)]
            for place in start..<start + count { section.content[place] = value }
        case 3:
            let from = random.below(section.content.count - count + 1)
            section.content.replaceSubrange(start..<start + count, with: section.content[from..<from + count])
        default: section.content.swapAt(start, random.below(section.content.count))
        }
    }

    /// Elements that are taken out, repeated, or put in.
    private mutating func changeCount(_ section: inout HostileSnapshot.Section, room: Int) {
        let stride = section.stride
        let count = section.content.count / stride
        let start = random.below(count + 1) * stride
        switch random.below(4) {
        case 0:
            let end = min(start + (1 + random.below(4)) * stride, section.content.count)
            if start < end { section.content.removeSubrange(start..<end) }
        case 1:
            let end = min(start + (1 + random.below(16)) * stride, section.content.count)
            guard start < end, end - start <= room else { return }
            section.content.insert(contentsOf: section.content[start..<end], at: start)
        case 2:
            guard stride <= room else { return }
            section.content.insert(contentsOf: repeatElement(0, count: stride), at: start)
        default: section.content.removeAll()
        }
    }

    /// The parts that strings are decoded by: where blocks begin, a block's form, its shared and stored lengths, the
    /// lengths of symbols.
    private mutating func changeStrings(_ snapshot: inout HostileSnapshot, room: Int) {
        guard var bytes = snapshot[.stringBytes], !bytes.content.isEmpty else { return }
        let offsets = snapshot.numbers(.stringOffsets)
        let limit = UInt64(bytes.content.count)
        func start(_ block: Int) -> Int { Int(min(offsets[block], limit &- 1)) }
        switch random.below(8) {
        case 0 where !offsets.isEmpty:
            var changed = offsets
            changed[random.below(offsets.count)] = number(snapshot, now: offsets[random.below(offsets.count)])
            snapshot.store(changed, stride: min(snapshot[.stringOffsets]?.stride ?? 8, 8), in: .stringOffsets)
            return
        case 1, 2:
            guard var table = snapshot[.symbolTable], !table.content.isEmpty else { break }
            let symbols = Int(table.content[0])
            let place = random.chance(30) ? 0 : random.below(min(1 + symbols, table.content.count))
            table.content[place] = random.chance(80) ? UInt8(random.below(10)) : UInt8(random.below(256))
            // Of the length that the table now says that it has.
            if random.chance(70), Int(table.content[0]) + 1 <= table.content.count {
                let lengths = table.content[1..<1 + Int(table.content[0])].reduce(0) { $0 + Int($1) }
                let wanted = min(1 + Int(table.content[0]) + lengths, 4096)
                if wanted > table.content.count {
                    table.content += [UInt8](repeating: 0x61, count: min(wanted - table.content.count, room))
                } else {
                    table.content.removeLast(table.content.count - wanted)
                }
            }
            snapshot[.symbolTable] = table
            return
        case 3 where !offsets.isEmpty:
            // The form: how many strings, how wide their lengths are, whether they are coded.
            let place = start(random.below(offsets.count))
            bytes.content[place] = UInt8(random.below(256)) & (random.chance(80) ? 0xAF : 0xFF)
        case 4, 5:
            guard !offsets.isEmpty else { break }
            let place = start(random.below(offsets.count)) + 1 + random.below(47)
            if place < bytes.content.count { bytes.content[place] = UInt8(random.below(256)) }
        case 6 where !offsets.isEmpty:
            // One length more, another less: their sum stays right.
            let block = start(random.below(offsets.count))
            let (one, other) = (block + 16 + random.below(16), block + 16 + random.below(16))
            guard max(one, other) < bytes.content.count else { break }
            let moved = UInt8(random.below(Int(bytes.content[one]) + 1))
            bytes.content[one] -= moved
            bytes.content[other] &+= moved
        default:
            // Codes without symbols, and the last one's missing byte.
            let place = random.below(bytes.content.count)
            bytes.content[place] = random.chance(50) ? 255 : UInt8(random.below(256))
        }
        snapshot[.stringBytes] = bytes
    }

    private mutating func changeEntry(_ snapshot: inout HostileSnapshot, _ index: Int) {
        let value = number(snapshot, now: snapshot.sections[index].entry.parameter)
        switch random.below(8) {
        case 0: snapshot.sections[index].entry.kind = UInt32(random.below(24))
        case 1: snapshot.sections[index].entry.version = UInt32(truncatingIfNeeded: value)
        case 2: snapshot.sections[index].entry.elementSize = UInt32(random.chance(80) ? random.below(9) : 20)
        case 3: snapshot.sections[index].entry.elementSize = UInt32(truncatingIfNeeded: value)
        case 4, 5:
            snapshot.sections[index].entry.flags.rawValue ^= 1 << UInt32(random.below(random.chance(90) ? 3 : 32))
        case 6:
            // The strings that the dictionary is said to have.
            guard var offsets = snapshot[.stringOffsets] else { return }
            offsets.entry.parameter = number(snapshot, now: offsets.entry.parameter)
            snapshot[.stringOffsets] = offsets
        default: snapshot.sections[index].entry.parameter = value
        }
        let entry = snapshot.sections[index].entry
        switch random.below(12) {
        case 0: snapshot.sections[index].entry.offset = number(snapshot, now: entry.offset)
        case 1: snapshot.sections[index].entry.length = number(snapshot, now: entry.length)
        case 2: snapshot.sections[index].entry.elementCount = number(snapshot, now: entry.elementCount)
        default: break
        }
    }

    private mutating func changeHeader(_ snapshot: inout HostileSnapshot) {
        switch random.below(5) {
        case 0: snapshot.header.version = UInt32(random.below(4))
        case 1: snapshot.header.entityCount = UInt32(truncatingIfNeeded: random.next())
        case 2: snapshot.header.totalSize = number(snapshot, now: snapshot.header.totalSize)
        case 3: snapshot.header.stringSectionOffset = number(snapshot, now: snapshot.header.stringSectionOffset)
        default: snapshot.header.magic ^= 1 << UInt64(random.below(64))
        }
    }

    /// A file with sections of both.
    mutating func cross(_ first: HostileSnapshot, _ second: HostileSnapshot) -> [UInt8] {
        var crossed = first
        for index in crossed.sections.indices where random.chance(30) {
            guard let kind = crossed.sections[index].kind, let other = second[kind] else { continue }
            crossed.sections[index] = other
        }
        return crossed.assembled(.all)
    }
}
