# million-inserts: throughput by allocator, relative to glibc
# Draws million-inserts-allocators.svg from million-inserts-allocators.dat: gnuplot million-inserts-allocators.gp
reset
set encoding utf8
set terminal svg size 800,959 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'million-inserts-allocators.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'million-inserts: throughput by allocator, relative to glibc' at screen 0.02000,0.97602 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Right of 1 is faster than glibc. Whiskers: 95 % interval over 7 pairs of blocks. Filled points are clear of the' at screen 0.02000,0.95099 left font 'sans-serif,13' tc rgb '#555555'
set label 3 'tolerance of 3 %; open ones are a tie or unresolved. All with 1 thread.' at screen 0.02000,0.93222 left font 'sans-serif,13' tc rgb '#555555'
set label 4 '' at screen 0.05750,0.90302 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 5 'jemalloc' at screen 0.07250,0.90302 left font 'sans-serif,14' tc rgb '#222222'
set label 6 '' at screen 0.22200,0.90302 point pt 9 ps 0.95 lc rgb '#D55E00'
set label 7 'mimalloc' at screen 0.23700,0.90302 left font 'sans-serif,14' tc rgb '#222222'
set label 8 '' at screen 0.39210,0.90302 point pt 13 ps 0.95 lc rgb '#009E73'
set label 9 'tcmalloc' at screen 0.40710,0.90302 left font 'sans-serif,14' tc rgb '#222222'
set label 10 'phase' at screen 0.02750,0.45829 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'
set multiplot

# strata
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.85401
set bmargin at screen 0.46924
set label 11 'strata' at screen 0.15280,0.86653 left font 'sans-serif,15' tc rgb '#222222'
unset logscale x
set xrange [0.505938591542:1.83110624321]
set xtics ('0.6 ×' 0.6, '0.8 ×' 0.8, '1.0 ×' 1, '1.2 ×' 1.2, '1.4 ×' 1.4, '1.6 ×' 1.6, '1.8 ×' 1.8)
unset logscale y
set yrange [9.5:0.5]
set ytics ('load' 1, 'get' 2, 'get-batch' 3, 'neighbors' 4, 'scan' 5, 'update' 6, 'similar' 7, 'write' 8, 'open' 9)
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set object 5 rectangle from graph 0, first 8.5 to graph 1, first 9.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'million-inserts-allocators.dat' index 0 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'million-inserts-allocators.dat' index 0 using ($6 == 0 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#ffffff' notitle, \
     'million-inserts-allocators.dat' index 0 using ($6 == 0 ? $1 : NaN):4 with points pt 4 ps 0.75 lw 1.4 lc rgb '#0072B2' notitle, \
     'million-inserts-allocators.dat' index 0 using ($6 == 1 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'million-inserts-allocators.dat' index 1 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#D55E00' notitle, \
     'million-inserts-allocators.dat' index 1 using ($6 == 0 ? $1 : NaN):4 with points pt 9 ps 0.95 lc rgb '#ffffff' notitle, \
     'million-inserts-allocators.dat' index 1 using ($6 == 0 ? $1 : NaN):4 with points pt 8 ps 0.95 lw 1.4 lc rgb '#D55E00' notitle, \
     'million-inserts-allocators.dat' index 1 using ($6 == 1 ? $1 : NaN):4 with points pt 9 ps 0.95 lc rgb '#D55E00' notitle, \
     'million-inserts-allocators.dat' index 2 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#009E73' notitle, \
     'million-inserts-allocators.dat' index 2 using ($6 == 0 ? $1 : NaN):4 with points pt 13 ps 0.95 lc rgb '#ffffff' notitle, \
     'million-inserts-allocators.dat' index 2 using ($6 == 0 ? $1 : NaN):4 with points pt 12 ps 0.95 lw 1.4 lc rgb '#009E73' notitle
unset label; unset arrow

# standard
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.40459
set bmargin at screen 0.06257
set label 1 'standard' at screen 0.15280,0.41710 left font 'sans-serif,15' tc rgb '#222222'
unset logscale x
set xrange [0.505938591542:1.83110624321]
set xtics ('0.6 ×' 0.6, '0.8 ×' 0.8, '1.0 ×' 1, '1.2 ×' 1.2, '1.4 ×' 1.4, '1.6 ×' 1.6, '1.8 ×' 1.8)
unset logscale y
set yrange [8.5:0.5]
set ytics ('load' 1, 'get' 2, 'get-batch' 3, 'neighbors' 4, 'scan' 5, 'update' 6, 'similar' 7, 'write' 8)
set label 2 'throughput relative to glibc' at screen 0.55765,0.02086 center tc rgb '#555555'
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'million-inserts-allocators.dat' index 3 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'million-inserts-allocators.dat' index 3 using ($6 == 0 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#ffffff' notitle, \
     'million-inserts-allocators.dat' index 3 using ($6 == 0 ? $1 : NaN):4 with points pt 4 ps 0.75 lw 1.4 lc rgb '#0072B2' notitle, \
     'million-inserts-allocators.dat' index 4 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#D55E00' notitle, \
     'million-inserts-allocators.dat' index 4 using ($6 == 0 ? $1 : NaN):4 with points pt 9 ps 0.95 lc rgb '#ffffff' notitle, \
     'million-inserts-allocators.dat' index 4 using ($6 == 0 ? $1 : NaN):4 with points pt 8 ps 0.95 lw 1.4 lc rgb '#D55E00' notitle, \
     'million-inserts-allocators.dat' index 5 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#009E73' notitle, \
     'million-inserts-allocators.dat' index 5 using ($6 == 0 ? $1 : NaN):4 with points pt 13 ps 0.95 lc rgb '#ffffff' notitle, \
     'million-inserts-allocators.dat' index 5 using ($6 == 0 ? $1 : NaN):4 with points pt 12 ps 0.95 lw 1.4 lc rgb '#009E73' notitle
unset label; unset arrow
unset multiplot
unset output
