# wordnet: throughput by allocator, relative to glibc
# Draws wordnet-allocators.svg from wordnet-allocators.dat: gnuplot wordnet-allocators.gp
reset
set encoding utf8
set terminal svg size 800,678 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'wordnet-allocators.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'wordnet: throughput by allocator, relative to glibc' at screen 0.02000,0.96608 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Right of 1 is faster than glibc. Whiskers: intervals that hold together with 95 %, over 7 pairs of blocks. Filled' at screen 0.02000,0.93068 left font 'sans-serif,13' tc rgb '#555555'
set label 3 'points are clear of the tolerance of 5 %; open ones are a tie or unresolved. All with 1 thread.' at screen 0.02000,0.90413 left font 'sans-serif,13' tc rgb '#555555'
set label 4 '' at screen 0.03125,0.86283 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 5 'jemalloc' at screen 0.04875,0.86283 left font 'sans-serif,14' tc rgb '#222222'
set label 6 'phase' at screen 0.02750,0.44100 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'
set multiplot

# strata
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.79351
set bmargin at screen 0.44838
set label 7 'strata' at screen 0.15280,0.81121 left font 'sans-serif,15' tc rgb '#222222'
unset logscale x
set xrange [0.625388180493:1.45559436673]
set xtics ('0.8 ×' 0.8, '1.0 ×' 1, '1.2 ×' 1.2, '1.4 ×' 1.4)
unset logscale y
set yrange [9.5:0.5]
set ytics ('load' 1, 'write' 2, 'open' 3, 'verify' 4, 'get' 5, 'neighbors' 6, 'hops' 7, 'similar' 8, 'scan' 9)
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set object 5 rectangle from graph 0, first 8.5 to graph 1, first 9.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'wordnet-allocators.dat' index 0 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'wordnet-allocators.dat' index 0 using ($6 == 0 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#ffffff' notitle, \
     'wordnet-allocators.dat' index 0 using ($6 == 0 ? $1 : NaN):4 with points pt 4 ps 0.75 lw 1.4 lc rgb '#0072B2' notitle, \
     'wordnet-allocators.dat' index 0 using 3:4:7 with labels left offset 1.2,0 font 'sans-serif,13' tc rgb '#222222' notitle
unset label; unset arrow

# standard
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.35693
set bmargin at screen 0.08850
set label 1 'standard' at screen 0.15280,0.37463 left font 'sans-serif,15' tc rgb '#222222'
unset logscale x
set xrange [0.625388180493:1.45559436673]
set xtics ('0.8 ×' 0.8, '1.0 ×' 1, '1.2 ×' 1.2, '1.4 ×' 1.4)
unset logscale y
set yrange [7.5:0.5]
set ytics ('load' 1, 'write' 2, 'get' 3, 'neighbors' 4, 'hops' 5, 'similar' 6, 'scan' 7)
set label 2 'throughput relative to glibc' at screen 0.55765,0.02950 center tc rgb '#555555'
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'wordnet-allocators.dat' index 1 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'wordnet-allocators.dat' index 1 using ($6 == 0 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#ffffff' notitle, \
     'wordnet-allocators.dat' index 1 using ($6 == 0 ? $1 : NaN):4 with points pt 4 ps 0.75 lw 1.4 lc rgb '#0072B2' notitle, \
     'wordnet-allocators.dat' index 1 using 3:4:7 with labels left offset 1.2,0 font 'sans-serif,13' tc rgb '#222222' notitle
unset label; unset arrow
unset multiplot
unset output
