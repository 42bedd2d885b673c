import BenchMeasurement
import Glibc

/// Lines that go to and fro between two sides over a pair of pipes. Used by one thread at a time.
final class LineChannel {
    /// Why no line came.
    enum Silence: Error, Equatable {
        /// The other side is gone.
        case closed
        /// It took too long.
        case late
        /// The interrupt's descriptor became readable.
        case interrupted
        /// The system refused, with its error number.
        case refused(Int32)
    }

    private let input: Int32
    private let output: Int32
    private let endDescriptor: Int32?
    private var rest: [UInt8] = []

    /// A channel over descriptors that stay the caller's to close.
    ///
    /// - Parameter endDescriptor: becomes readable when the other side has ended. What it has started may keep its end
    ///   of the pipe open, so that the stream's own end does not come.
    init(input: Int32, output: Int32, endDescriptor: Int32? = nil) {
        self.input = input
        self.output = output
        self.endDescriptor = endDescriptor
    }

    /// Writes a line. It should be short enough for the pipe to take it at once, as all of lockstep's are.
    func send(_ line: String) throws(Silence) {
        let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(output, $0.baseAddress! + written, bytes.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw errno == EPIPE ? .closed : .refused(errno) }
            written += count
        }
    }

    /// Waits for the next line.
    ///
    /// - Parameters:
    ///   - timeoutNanoseconds: how long; nil for as long as it takes.
    ///   - interruptDescriptor: becomes readable when the wait shall end.
    func receive(timeoutNanoseconds: UInt64? = nil, interruptDescriptor: Int32? = nil) throws(Silence) -> String {
        let deadline = timeoutNanoseconds.map { MonotonicClock.now() &+ $0 }
        while true {
            if let feed = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<feed], as: UTF8.self)
                rest.removeFirst(feed + 1)
                return line
            }
            try wait(until: deadline, interruptDescriptor)
            var buffer = [UInt8](repeating: 0, count: 1_024)
            let count = read(input, &buffer, buffer.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count >= 0 else { throw .refused(errno) }
            guard count > 0 else { throw .closed }
            rest += buffer[..<count]
        }
    }

    private func wait(until deadline: UInt64?, _ interruptDescriptor: Int32?) throws(Silence) {
        var watched = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interruptDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: endDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let now = MonotonicClock.now()
                guard now < deadline else { throw .late }
                milliseconds = Int32(clamping: (deadline - now) / 1_000_000 + 1)
            }
            let count = poll(&watched, nfds_t(watched.count), milliseconds)
            guard count >= 0 || errno == EINTR else { throw .refused(errno) }
            if count > 0, watched[1].revents != 0 { throw .interrupted }
            // What was written before the end is read first.
            if count > 0, watched[0].revents != 0 { return }
            if count > 0, watched[2].revents != 0 { throw .closed }
        }
    }
}
