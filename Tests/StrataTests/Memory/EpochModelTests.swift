import Strata
import Testing

/// One thread, several participants, and a model that keeps every object in lists: after each collection exactly those
/// objects are gone that the model destroys.
@Suite struct EpochModelTests {
    /// What an epoch manager does, written down as plainly as possible.
    private struct Model {
        struct Bag {
            var objects: [Int]
            var epoch = 0
        }

        var epoch = 2
        var shared: [Int] = []
        var unsealed: [Int: [Int]] = [:]
        var waiting: [Bag] = []
        var ready: [Bag] = []
        var pins: [Int: (epoch: Int, depth: Int)] = [:]
        /// In the order in which they went.
        var destroyed: [Int] = []

        mutating func pin(_ participant: Int) {
            pins[participant, default: (epoch, 0)].depth += 1
        }

        mutating func unpin(_ participant: Int) {
            pins[participant]!.depth -= 1
            if pins[participant]!.depth == 0 { pins[participant] = nil }
        }

        mutating func retire(_ object: Int) {
            shared.append(object)
            if shared.count == 64 { sealShared() }
        }

        mutating func retire(_ object: Int, _ participant: Int) {
            if unsealed[participant]?.count == 64 { flush(participant) }
            unsealed[participant, default: []].append(object)
        }

        mutating func flush(_ participant: Int) {
            if let objects = unsealed.removeValue(forKey: participant) {
                waiting.append(Bag(objects: objects, epoch: epoch))
            }
        }

        mutating func sealShared() {
            if !shared.isEmpty { waiting.append(Bag(objects: shared, epoch: epoch)) }
            shared = []
        }

        mutating func release(_ participant: Int) {
            pins[participant] = nil
            flush(participant)
        }

        mutating func step() {
            guard !waiting.isEmpty || !shared.isEmpty else { return }
            sealShared()
            epoch += 1
            let oldest = pins.values.map(\.epoch).min() ?? .max
            while let bag = waiting.first, bag.epoch < oldest { ready.append(waiting.removeFirst()) }
        }

        mutating func collect() {
            step()
            destroyed += ready.flatMap(\.objects)
            ready = []
        }

        mutating func collectALittle() {
            step()
            guard !ready.isEmpty else { return }
            destroyed += ready[0].objects.prefix(32)
            ready[0].objects = Array(ready[0].objects.dropFirst(32))
            if ready[0].objects.isEmpty { ready.removeFirst() }
        }

        var outstanding: Int {
            shared.count + unsealed.values.map(\.count).reduce(0, +)
                + (waiting + ready).map(\.objects.count).reduce(0, +)
        }
    }

    private final class Place {
        var participant: EpochParticipant
        init(_ epochs: EpochManager) throws { participant = try epochs.register() }
    }

    @Test(arguments: Array(1...8) as [UInt64]) func collectsWhatTheModelCollects(seed: UInt64) throws {
        let operations = longRun(4_000)
        var random = SplitMix64(seed: seed)
        let epochs = EpochManager(usesMembarrier: seed % 2 == 0)
        let destroyed = DestroyedObjects(operations)
        var model = Model()
        var places: [Int: Place] = [:]
        var checked = 0
        for number in 0..<operations {
            let index = random.below(6)
            switch random.below(100) {
            case 0..<30:
                epochs.retire(destroyed.object(number))
                model.retire(number)
            case 30..<70:
                guard let place = places[index] else { continue }
                place.participant.retire(destroyed.allocate(number))
                model.retire(number, index)
            case 70..<78:
                guard let place = places[index], model.pins[index]?.depth ?? 0 < 3 else { continue }
                place.participant.pin()
                model.pin(index)
            case 78..<88:
                guard let place = places[index], place.participant.isPinned else { continue }
                place.participant.unpin()
                model.unpin(index)
            case 88..<92:
                if places.removeValue(forKey: index) != nil {
                    model.release(index)
                } else {
                    places[index] = try Place(epochs)
                }
            case 92..<94:
                guard let place = places[index] else { continue }
                place.participant.flush()
                model.flush(index)
            case 94..<97:
                epochs.collect(budget: .zero)
                model.collectALittle()
            default:
                if random.chance(50) { epochs.collect() } else { epochs.collectInParallel(threads: 2) }
                model.collect()
            }
            #expect(epochs.epoch == UInt64(model.epoch), "seed \(seed), operation \(number)")
            #expect(
                epochs.oldestPinAge.map { Int($0) } == model.pins.values.map { model.epoch - $0.epoch }.max(),
                "seed \(seed), operation \(number)")
            try #require(epochs.destroyedObjects == model.destroyed.count, "seed \(seed), operation \(number)")
            for object in model.destroyed[checked...] {
                try #require(destroyed[object] == 1, "seed \(seed), operation \(number), object \(object)")
            }
            checked = model.destroyed.count
        }
        #expect(checked > operations / 4)
        for index in places.keys { model.release(index) }
        places.removeAll()
        #expect(epochs.collect() > 0 || model.outstanding == 0)
        model.collect()
        #expect(epochs.destroyedObjects == model.destroyed.count)
        #expect(destroyed.total == model.destroyed.count)
        #expect(epochs.retiredBytes == 0)
    }
}
