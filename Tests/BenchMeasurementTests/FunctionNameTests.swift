import Testing

@testable import BenchMeasurement

@Suite struct FunctionNameTests {
    @Test(arguments: [
        ("Strata.SlotMap.remove(_: Strata.EntityKey) -> Swift.Optional<A>", "Strata.SlotMap.remove(_:)"),
        (
            "generic specialization <Swift.Int, Swift.Array<(Swift.Int) -> Swift.Bool>> of Strata.Top.insert(_: A, at: Swift.Int) -> ()",
            "Strata.Top.insert(_:at:)"
        ),
        (
            "function signature specialization <Arg[0] = Exploded, Arg[1] = Dead> of generic specialization <A> of Strata.f() -> ()",
            "Strata.f()"
        ),
        (
            "closure #1 (Swift.Int, Swift.String) -> Swift.Bool in Strata.find<A where A: Swift.Hashable>(key: A, in: [A]) throws -> Swift.Int",
            "closure #1 in Strata.find(key:in:)"
        ),
        ("merged Strata.Arena.rewind(to: Strata.Arena.Mark) -> ()", "Strata.Arena.rewind(to:)"),
        ("partial apply forwarder for closure #2 () -> () in Strata.go() -> ()", "closure #2 in Strata.go()"),
        ("Swift.Array<Swift.Int>.append(_: __owned A) -> ()", "Swift.Array<Swift.Int>.append(_:)"),
        ("Strata.Log.records.getter : Swift.Int", "Strata.Log.records.getter : Swift.Int"),
        ("static Strata.Key.== infix(Strata.Key, Strata.Key) -> Swift.Bool", "static Strata.Key.== infix(_:_:)"),
        ("Strata.call(with: (Swift.Int) -> Swift.Int, _: ()) -> ()", "Strata.call(with:_:)"),
        (
            "static BenchSubjects.ReadThroughCache.(value in _0957446490CA6BAD79B6539D150A12C7)(of: Swift.UInt32) -> Swift.UInt64",
            "static BenchSubjects.ReadThroughCache.value(of:)"
        ),
        ("no brackets at all", "no brackets at all"), ("", ""), ("(((", "((("), ("f(", "f("),
        ("generic specialization <never closed", "generic specialization <never closed"),
    ])
    func namesAreShortAndOneForAllSpecializations(_ name: String, _ short: String) {
        #expect(FunctionName.simplified(name) == short)
    }

    @Test func whatIsNotSwiftsStaysAsItIs() {
        for name in ["malloc", "operator new(unsigned long)", "std::vector<int>::push_back(int const&)", "_start"] {
            #expect(FunctionName.short(name) == name)
        }
        // The runtime's own demangler: `Swift.Array.append(_:)` of `Int`.
        #expect(FunctionName.short("$sSa6appendyyxnFSi_Tg5") == "Swift.Array.append(_:)")
    }
}
