import CStrata
import Glibc

/// The places that threads took for ``EpochManager/withPin(_:)``, one a thread and manager, kept until the thread ends.
///
/// Threads outlive managers and managers threads, so neither holds the other. A thread knows its places by the numbers
/// of their managers, which are never used again: a place is only looked up for a manager that is alive. A thread that
/// ends looks its managers up in the table of those that live, and holds what it finds while it hands over.
enum EpochThreadCache {
    /// The places of one thread that are not in the first cache of CStrata.
    private final class Record {
        var places: [(manager: UInt64, place: EpochPlace)] = []
    }

    /// A thread with more places than this forgets those of managers that are gone before it keeps another.
    private static let placesBeforeTidying = 8

    /// The key of the calling thread's record; its destructor runs when a thread ends.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { record in
            guard let record else { return }
            // Whatever the thread's other destructors do takes places anew.
            strata_places_forget()
            EpochThreadCache.handOver(Unmanaged<Record>.fromOpaque(record).takeRetainedValue())
        }
        precondition(code == 0, "the process has no key for another thread-local value")
        return key
    }()

    /// The calling thread's place with a manager, taken now when it has none.
    ///
    /// - Throws: `limitExceeded` when all places are taken.
    static func place(of manager: UInt64, _ core: EpochCore) throws(StrataError) -> EpochPlace {
        let record = record
        if let known = record.places.first(where: { $0.manager == manager }) {
            strata_place_keep(manager, known.place.address)
            return known.place
        }
        if record.places.count >= placesBeforeTidying {
            record.places.removeAll { EpochDirectory.core(of: $0.manager) == nil }
        }
        let place = try core.places.claim(thread: strata_thread_number())
        record.places.append((manager, place))
        strata_place_keep(manager, place.address)
        return place
    }

    /// The calling thread's place with a manager; nil when it has taken none.
    static func knownPlace(of manager: UInt64) -> EpochPlace? {
        if let address = strata_place_of(manager) { return EpochPlace(address: address) }
        guard let pointer = pthread_getspecific(key) else { return nil }
        let record = Unmanaged<Record>.fromOpaque(pointer).takeUnretainedValue()
        return record.places.first { $0.manager == manager }?.place
    }

    private static var record: Record {
        if let pointer = pthread_getspecific(key) { return Unmanaged<Record>.fromOpaque(pointer).takeUnretainedValue() }
        let record = Record()
        let code = pthread_setspecific(key, Unmanaged.passRetained(record).toOpaque())
        precondition(code == 0, "the system has no memory left for a thread-local value")
        return record
    }

    private static func handOver(_ record: Record) {
        for (manager, place) in record.places {
            // A place of a manager that is gone is gone with it, and what was in its bag too.
            if let core = EpochDirectory.core(of: manager) { core.release(place) }
        }
    }
}
