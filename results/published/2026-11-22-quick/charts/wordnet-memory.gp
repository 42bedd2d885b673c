# wordnet: resident and live memory over time
# Draws wordnet-memory.svg from wordnet-memory.dat: gnuplot wordnet-memory.gp
reset
set encoding utf8
set terminal svg size 800,682 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'wordnet-memory.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'wordnet: resident and live memory over time' at screen 0.02000,0.96628 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Block 0, phases end to end; the dotted lines mark where those of glibc begin. Each panel has its own time axis.' at screen 0.02000,0.93109 left font 'sans-serif,13' tc rgb '#555555'
set label 3 'Live bytes are not told by mimalloc. All with 1 thread.' at screen 0.02000,0.90469 left font 'sans-serif,13' tc rgb '#555555'
set label 4 '' at screen 0.05750,0.86364 point pt 7 ps 0.75 lc rgb '#000000'
set label 5 'glibc' at screen 0.07250,0.86364 left font 'sans-serif,14' tc rgb '#222222'
set label 6 '' at screen 0.18910,0.86364 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 7 'jemalloc' at screen 0.20410,0.86364 left font 'sans-serif,14' tc rgb '#222222'
set label 8 '' at screen 0.35360,0.86364 point pt 9 ps 0.95 lc rgb '#D55E00'
set label 9 'mimalloc' at screen 0.36860,0.86364 left font 'sans-serif,14' tc rgb '#222222'
set label 10 '' at screen 0.52370,0.86364 point pt 13 ps 0.95 lc rgb '#009E73'
set label 11 'tcmalloc' at screen 0.53870,0.86364 left font 'sans-serif,14' tc rgb '#222222'
set arrow 1 from screen 0.65070,0.86364 to screen 0.70070,0.86364 nohead lw 2 dt solid lc rgb '#555555'
set label 12 'resident' at screen 0.71070,0.86364 left font 'sans-serif,14' tc rgb '#222222'
set arrow 2 from screen 0.81380,0.86364 to screen 0.86380,0.86364 nohead lw 2 dt (6,4) lc rgb '#666666'
set label 13 'live' at screen 0.87380,0.86364 left font 'sans-serif,14' tc rgb '#222222'
set label 14 'bytes' at screen 0.02750,0.44135 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'
set multiplot

# strata
set lmargin at screen 0.12865
set rmargin at screen 0.96250
set tmargin at screen 0.79472
set bmargin at screen 0.48680
set label 15 'strata' at screen 0.12865,0.81232 left font 'sans-serif,15' tc rgb '#222222'
unset logscale x
set xrange [0:0.71423306138]
set xtics ('0 ms' 0, '200 ms' 0.2, '400 ms' 0.4, '600 ms' 0.6)
unset logscale y
set yrange [0:208534025.011]
set ytics ('0 MB' 0, '50 MB' 50000000, '100 MB' 100000000, '150 MB' 150000000, '200 MB' 200000000)
unset object
set grid xtics ytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 3 from first 0, graph 0 to first 0, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 16 'load' at first 0, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 4 from first 0.2405629, graph 0 to first 0.2405629, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 17 'write' at first 0.2405629, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 5 from first 0.459780396, graph 0 to first 0.459780396, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 6 from first 0.482631256, graph 0 to first 0.482631256, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 7 from first 0.49782949, graph 0 to first 0.49782949, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 8 from first 0.526557039, graph 0 to first 0.526557039, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 9 from first 0.541864626, graph 0 to first 0.541864626, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 18 'scan' at first 0.541864626, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
plot 'wordnet-memory.dat' index 0 using 1:2 with lines lw 2 dt solid lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 0 every 11::0 using 1:2 with points pt 7 ps 0.75 lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 0 using 1:3 with lines lw 2 dt (6,4) lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 0 every 11::0 using 1:3 with points pt 7 ps 0.75 lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 1 using 1:2 with lines lw 2 dt solid lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 1 every 11::2 using 1:2 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 1 using 1:3 with lines lw 2 dt (6,4) lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 1 every 11::2 using 1:3 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 2 using 1:2 with lines lw 2 dt solid lc rgb '#D55E00' notitle, \
     'wordnet-memory.dat' index 2 every 11::5 using 1:2 with points pt 9 ps 0.95 lc rgb '#D55E00' notitle, \
     'wordnet-memory.dat' index 3 using 1:2 with lines lw 2 dt solid lc rgb '#009E73' notitle, \
     'wordnet-memory.dat' index 3 every 13::9 using 1:2 with points pt 13 ps 0.95 lc rgb '#009E73' notitle, \
     'wordnet-memory.dat' index 3 using 1:3 with lines lw 2 dt (6,4) lc rgb '#009E73' notitle, \
     'wordnet-memory.dat' index 3 every 13::9 using 1:3 with points pt 13 ps 0.95 lc rgb '#009E73' notitle
unset label; unset arrow

# standard
set lmargin at screen 0.12865
set rmargin at screen 0.96250
set tmargin at screen 0.39589
set bmargin at screen 0.08798
set label 1 'standard' at screen 0.12865,0.41349 left font 'sans-serif,15' tc rgb '#222222'
unset logscale x
set xrange [0:1.40833533429]
set xtics ('0.0 s' 0, '0.5 s' 0.5, '1.0 s' 1)
unset logscale y
set yrange [0:208534025.011]
set ytics ('0 MB' 0, '50 MB' 50000000, '100 MB' 100000000, '150 MB' 150000000, '200 MB' 200000000)
set label 2 'measured time' at screen 0.54557,0.02933 center tc rgb '#555555'
unset object
set grid xtics ytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 3 'load' at first 0, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 2 from first 0.366903404, graph 0 to first 0.366903404, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 4 'write' at first 0.366903404, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 3 from first 0.676796591, graph 0 to first 0.676796591, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 4 from first 0.726686713, graph 0 to first 0.726686713, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set arrow 5 from first 0.769992416, graph 0 to first 0.769992416, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 5 'similar' at first 0.769992416, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
set arrow 6 from first 1.146855464, graph 0 to first 1.146855464, graph 1 nohead back lw 1 dt (2,4) lc rgb '#999999'
set label 6 'scan' at first 1.146855464, graph 0.94 left offset 0.5,0 font 'sans-serif,12' tc rgb '#555555'
plot 'wordnet-memory.dat' index 4 using 1:2 with lines lw 2 dt solid lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 4 every 16::0 using 1:2 with points pt 7 ps 0.75 lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 4 using 1:3 with lines lw 2 dt (6,4) lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 4 every 16::0 using 1:3 with points pt 7 ps 0.75 lc rgb '#000000' notitle, \
     'wordnet-memory.dat' index 5 using 1:2 with lines lw 2 dt solid lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 5 every 21::5 using 1:2 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 5 using 1:3 with lines lw 2 dt (6,4) lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 5 every 21::5 using 1:3 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'wordnet-memory.dat' index 6 using 1:2 with lines lw 2 dt solid lc rgb '#D55E00' notitle, \
     'wordnet-memory.dat' index 6 every 23::11 using 1:2 with points pt 9 ps 0.95 lc rgb '#D55E00' notitle, \
     'wordnet-memory.dat' index 7 using 1:2 with lines lw 2 dt solid lc rgb '#009E73' notitle, \
     'wordnet-memory.dat' index 7 every 19::14 using 1:2 with points pt 13 ps 0.95 lc rgb '#009E73' notitle, \
     'wordnet-memory.dat' index 7 using 1:3 with lines lw 2 dt (6,4) lc rgb '#009E73' notitle, \
     'wordnet-memory.dat' index 7 every 19::14 using 1:3 with points pt 13 ps 0.95 lc rgb '#009E73' notitle
unset label; unset arrow
unset multiplot
unset output
