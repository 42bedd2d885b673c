/// The order of the arms within the slices of a round.
///
/// What an arm finds in the processor's caches depends on who ran before it, and what the machine does changes with
/// time. So each arm stands at each place equally often, and right behind each other arm equally often: the rows of a
/// balanced square (E. J. Williams, "Experimental designs balanced for the estimation of residual effects of
/// treatments", 1949). With an even number of arms it takes as many slices; with an odd one twice as many, every other
/// one mirrored.
enum SliceOrder {
    /// The arms, as numbers below `arms`, in the order in which they do a slice.
    ///
    /// - Parameter offset: moves the beginning on, so that rounds do not all begin alike.
    static func order(arms: Int, slice: Int, offset: Int) -> [Int] {
        guard arms > 1 else { return Array(0..<arms) }
        let row = slice + offset
        let order = (0..<arms).map { place in
            // 0, 1, n-1, 2, n-2, ...: the differences of neighbours are all different.
            let first = place.isMultiple(of: 2) ? (arms - place / 2) % arms : (place + 1) / 2
            return (first + row) % arms
        }
        return !arms.isMultiple(of: 2) && !(row / arms).isMultiple(of: 2) ? order.reversed() : order
    }
}
