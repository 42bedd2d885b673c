# million-inserts: resident and live memory over time
# Draws million-inserts-memory.svg from million-inserts-memory.dat: gnuplot million-inserts-memory.gp
reset
set encoding utf8
set terminal svg size 800,512 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'million-inserts-memory.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'million-inserts: resident and live memory over time' at screen 0.02000,0.95508 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Block 0, phases end to end; the dotted lines mark where those of strata, 1 thread begin. All with allocator glibc.' at screen 0.02000,0.90820 left font 'sans-serif,13' tc rgb '#555555'
set label 3 '' at screen 0.05750,0.85352 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 4 'strata, 1 thread' at screen 0.07250,0.85352 left font 'sans-serif,14' tc rgb '#222222'
set label 5 '' at screen 0.28780,0.85352 point pt 9 ps 0.95 lc rgb '#D55E00'
set label 6 'strata, 2 threads' at screen 0.30280,0.85352 left font 'sans-serif,14' tc rgb '#222222'
set label 7 '' at screen 0.52860,0.85352 point pt 13 ps 0.95 lc rgb '#009E73'
set label 8 'standard, 1 thread' at screen 0.54360,0.85352 left font 'sans-serif,14' tc rgb '#222222'
set label 9 '' at screen 0.05750,0.81055 point pt 11 ps 0.95 lc rgb '#CC79A7'
set label 10 'standard, 2 threads' at screen 0.07250,0.81055 left font 'sans-serif,14' tc rgb '#222222'
set arrow 1 from screen 0.28600,0.81055 to screen 0.33600,0.81055 nohead lw 2 dt solid lc rgb '#555555'
set label 11 'resident' at screen 0.34600,0.81055 left font 'sans-serif,14' tc rgb '#222222'
set arrow 2 from screen 0.44910,0.81055 to screen 0.49910,0.81055 nohead lw 2 dt (6,4) lc rgb '#666666'
set label 12 'live' at screen 0.50910,0.81055 left font 'sans-serif,14' tc rgb '#222222'
set label 13 'bytes' at screen 0.02750,0.43945 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'

# The panel
set lmargin at screen 0.12060
set rmargin at screen 0.96250
set tmargin at screen 0.76172
set bmargin at screen 0.11719
unset logscale x
set xrange [0:28.2512113835]
set xtics ('0 s' 0, '10 s' 10, '20 s' 20)
unset logscale y
set yrange [0:1745426304.2]
set ytics ('0.0 GB' 0, '0.5 GB' 500000000, '1.0 GB' 1000000000, '1.5 GB' 1500000000)
set label 14 'measured time' at screen 0.54155,0.03906 center tc rgb '#555555'
unset object
set grid xtics ytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 3 from first 0, graph 0 to first 0, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 15 'load' at first 0, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 4 from first 3.128731429, graph 0 to first 3.128731429, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 16 'get' at first 3.128731429, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 5 from first 5.144048496, graph 0 to first 5.144048496, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 6 from first 6.751435707, graph 0 to first 6.751435707, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 17 'write' at first 6.751435707, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 7 from first 10.061955549, graph 0 to first 10.061955549, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 18 'open' at first 10.061955549, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
plot 'million-inserts-memory.dat' index 0 using 1:2 with lines lw 2 dt solid lc rgb '#0072B2' notitle, \
     'million-inserts-memory.dat' index 0 every 145::0 using 1:2 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'million-inserts-memory.dat' index 0 using 1:3 with lines lw 2 dt (6,4) lc rgb '#0072B2' notitle, \
     'million-inserts-memory.dat' index 0 every 145::0 using 1:3 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'million-inserts-memory.dat' index 1 using 1:2 with lines lw 2 dt solid lc rgb '#D55E00' notitle, \
     'million-inserts-memory.dat' index 1 every 20::5 using 1:2 with points pt 9 ps 0.95 lc rgb '#D55E00' notitle, \
     'million-inserts-memory.dat' index 1 using 1:3 with lines lw 2 dt (6,4) lc rgb '#D55E00' notitle, \
     'million-inserts-memory.dat' index 1 every 20::5 using 1:3 with points pt 9 ps 0.95 lc rgb '#D55E00' notitle, \
     'million-inserts-memory.dat' index 2 using 1:2 with lines lw 2 dt solid lc rgb '#009E73' notitle, \
     'million-inserts-memory.dat' index 2 every 393::196 using 1:2 with points pt 13 ps 0.95 lc rgb '#009E73' notitle, \
     'million-inserts-memory.dat' index 2 using 1:3 with lines lw 2 dt (6,4) lc rgb '#009E73' notitle, \
     'million-inserts-memory.dat' index 2 every 393::196 using 1:3 with points pt 13 ps 0.95 lc rgb '#009E73' notitle, \
     'million-inserts-memory.dat' index 3 using 1:2 with lines lw 2 dt solid lc rgb '#CC79A7' notitle, \
     'million-inserts-memory.dat' index 3 every 90::67 using 1:2 with points pt 11 ps 0.95 lc rgb '#CC79A7' notitle, \
     'million-inserts-memory.dat' index 3 using 1:3 with lines lw 2 dt (6,4) lc rgb '#CC79A7' notitle, \
     'million-inserts-memory.dat' index 3 every 90::67 using 1:3 with points pt 11 ps 0.95 lc rgb '#CC79A7' notitle
unset output
