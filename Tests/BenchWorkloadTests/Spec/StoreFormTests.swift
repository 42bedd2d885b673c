import BenchWorkload
import Testing

@Suite struct StoreFormTests {
    @Test(arguments: StoreForm.allCases)
    func phasesSayWhereTheStoreIs(store: StoreForm) throws {
        let text = smallScenario.with("    count: 500\n", "    count: 500\n    store: \(store.rawValue)\n")
        let read = try scenario(text)
        #expect(read.phases[1].store == store && read.phases[0].store == .memory)
        // What is read from a disk is read once.
        #expect(read.phases[1].warmsUp == (store != .coldSnapshot))
        #expect(try scenario(read.yaml()) == read)
        #expect((read.hash == (try scenario(smallScenario)).hash) == (store == .memory))
    }

    @Test func filesAreOnlyRead() {
        let names = "`get`, `get_batch`, `neighbors`, `find`, `scan`"
        for store in ["snapshot", "packed-snapshot", "cold-snapshot"] {
            for operation in ["update", "traverse"] {
                let text = smallScenario.with(
                    "{ get: 95, neighbors: 5 }\n    count: 500\n",
                    "{ get: 95, \(operation): 5 }\n    count: 500\n    store: \(store)\n")
                #expect(
                    refusal(text) == """
                        small.yaml:14:5: the store `\(store)` is a file that is only read: by \(names), without roles \
                        (phases.read.store): leave it out
                        """)
            }
        }
        let text = smallScenario.with("    count: 500\n", "    count: 500\n    store: snapshto\n")
        #expect(refusal(text).hasSuffix("unknown store \"snapshto\" (phases.read.store): did you mean `snapshot`?"))
    }
}
