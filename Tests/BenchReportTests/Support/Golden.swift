/// The text of the chart `tiny-allocators` of `TinyRun.eightPairs`.
enum Golden {
    static let data = """
        # tiny: throughput by allocator, relative to glibc
        # Columns, separated by tabs:
        #   1 ratio: throughput relative to glibc; geometric mean over the pairs of blocks
        #   2 low: lower end of its interval
        #   3 high: upper end of its interval
        #   4 row: height in the panel: the phase's number from the top, and the arm's place
        #   5 pairs: number of pairs of blocks
        #   6 clear: 1 when the whole interval lies beyond the tolerance, or else 0
        #   7 text: the ratio as it is written beside the point
        #   8 verdict: faster, slower, tie or unresolved
        #   9 phase: name of the phase
        #   10 arm: subject/allocator/strategy/threads
        # Two empty lines part the series; gnuplot counts them from index 0.
        # index 0: strata: jemalloc
        1.5\t1.5\t1.5\t1\t8\t1\t1.50 ×\tfaster\tget\tstrata/jemalloc/bump/1

        """

    static let script = """
        # tiny: throughput by allocator, relative to glibc
        # Draws tiny-allocators.svg from tiny-allocators.dat: gnuplot tiny-allocators.gp
        reset
        set encoding utf8
        set terminal svg size 800,204 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
        set termoption noenhanced
        set output 'tiny-allocators.svg'
        set datafile separator "\\t"
        set datafile missing 'NaN'
        set border 3 lc rgb '#777777'
        set tics nomirror scale 0.5 textcolor rgb '#222222'
        set errorbars small
        unset key
        set label 1 'tiny: throughput by allocator, relative to glibc' at screen 0.02000,0.88725 left font 'sans-serif,18' tc rgb '#222222'
        set label 2 'Right of 1 is faster than glibc. Whiskers: intervals that hold together with 95 %, over 8 pairs of blocks. Filled' at screen 0.02000,0.76961 left font 'sans-serif,13' tc rgb '#555555'
        set label 3 'points are clear of the tolerance of 3 %; open ones are a tie or unresolved. All with strategy bump, 1 thread.' at screen 0.02000,0.68137 left font 'sans-serif,13' tc rgb '#555555'
        set label 4 '' at screen 0.03125,0.54412 point pt 5 ps 0.75 lc rgb '#0072B2'
        set label 5 'jemalloc' at screen 0.04875,0.54412 left font 'sans-serif,14' tc rgb '#222222'
        set label 6 'phase' at screen 0.02750,0.35784 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'

        # The panel
        set lmargin at screen 0.08980
        set rmargin at screen 0.96250
        set tmargin at screen 0.42157
        set bmargin at screen 0.29412
        unset logscale x
        set xrange [0.906495:1.615005]
        set xtics ('1.0 ×' 1, '1.2 ×' 1.2, '1.4 ×' 1.4, '1.6 ×' 1.6)
        unset logscale y
        set yrange [1.5:0.5]
        set ytics ('get' 1)
        set label 7 'throughput relative to glibc' at screen 0.52615,0.09804 center tc rgb '#555555'
        unset object
        set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
        set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
        set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
        plot 'tiny-allocators.dat' index 0 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \\
             'tiny-allocators.dat' index 0 using ($6 == 1 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \\
             'tiny-allocators.dat' index 0 using 3:4:7 with labels left offset 1.2,0 font 'sans-serif,13' tc rgb '#222222' notitle
        unset output

        """
}
