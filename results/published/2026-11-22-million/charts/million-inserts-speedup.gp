# million-inserts: how many times as fast as the standard subject
# Draws million-inserts-speedup.svg from million-inserts-speedup.dat: gnuplot million-inserts-speedup.gp
reset
set encoding utf8
set terminal svg size 800,436 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'million-inserts-speedup.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'million-inserts: how many times as fast as the standard subject' at screen 0.02000,0.94725 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Throughput relative to the standard subject on the same allocator, on a logarithmic axis; right of 1 is faster.' at screen 0.02000,0.89220 left font 'sans-serif,13' tc rgb '#555555'
set label 3 'Whiskers: 95 % interval over 7 pairs of blocks. Filled points are clear of the tolerance of 3 %; open ones are a' at screen 0.02000,0.85092 left font 'sans-serif,13' tc rgb '#555555'
set label 4 'tie or unresolved. All with allocator glibc.' at screen 0.02000,0.80963 left font 'sans-serif,13' tc rgb '#555555'
set label 5 '' at screen 0.05750,0.74541 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 6 'strata, 1 thread' at screen 0.07250,0.74541 left font 'sans-serif,14' tc rgb '#222222'
set label 7 '' at screen 0.28780,0.74541 point pt 9 ps 0.95 lc rgb '#D55E00'
set label 8 'strata, 2 threads' at screen 0.30280,0.74541 left font 'sans-serif,14' tc rgb '#222222'
set label 9 'phase' at screen 0.02750,0.41284 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'

# The panel
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.68807
set bmargin at screen 0.13761
set logscale x 10
set xrange [0.630720982625:53.7849561835]
set xtics ('1 ×' 1, '3 ×' 3, '10 ×' 10, '30 ×' 30)
unset logscale y
set yrange [8.5:0.5]
set ytics ('load' 1, 'get' 2, 'get-batch' 3, 'neighbors' 4, 'scan' 5, 'update' 6, 'similar' 7, 'write' 8)
set label 10 'throughput relative to standard' at screen 0.55765,0.04587 center tc rgb '#555555'
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'million-inserts-speedup.dat' index 0 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'million-inserts-speedup.dat' index 0 using ($6 == 0 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#ffffff' notitle, \
     'million-inserts-speedup.dat' index 0 using ($6 == 0 ? $1 : NaN):4 with points pt 4 ps 0.75 lw 1.4 lc rgb '#0072B2' notitle, \
     'million-inserts-speedup.dat' index 0 using ($6 == 1 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'million-inserts-speedup.dat' index 1 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#D55E00' notitle, \
     'million-inserts-speedup.dat' index 1 using ($6 == 0 ? $1 : NaN):4 with points pt 9 ps 0.95 lc rgb '#ffffff' notitle, \
     'million-inserts-speedup.dat' index 1 using ($6 == 0 ? $1 : NaN):4 with points pt 8 ps 0.95 lw 1.4 lc rgb '#D55E00' notitle, \
     'million-inserts-speedup.dat' index 1 using ($6 == 1 ? $1 : NaN):4 with points pt 9 ps 0.95 lc rgb '#D55E00' notitle
unset output
