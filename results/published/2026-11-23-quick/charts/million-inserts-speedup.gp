# million-inserts: how many times as fast as the standard subject
# Draws million-inserts-speedup.svg from million-inserts-speedup.dat: gnuplot million-inserts-speedup.gp
reset
set encoding utf8
set terminal svg size 800,430 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'million-inserts-speedup.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'million-inserts: how many times as fast as the standard subject' at screen 0.02000,0.94651 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Throughput relative to the standard subject on the same allocator, on a logarithmic axis; right of 1 is faster.' at screen 0.02000,0.89070 left font 'sans-serif,13' tc rgb '#555555'
set label 3 'What is sent at planned times is left out. Whiskers: 95 % interval over 7 pairs of blocks. Filled points are clear' at screen 0.02000,0.84884 left font 'sans-serif,13' tc rgb '#555555'
set label 4 'of the tolerance of 5 %; open ones are a tie or unresolved. All with allocator glibc, 1 thread.' at screen 0.02000,0.80698 left font 'sans-serif,13' tc rgb '#555555'
set label 5 '' at screen 0.03125,0.74186 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 6 'strata' at screen 0.04875,0.74186 left font 'sans-serif,14' tc rgb '#222222'
set label 7 'phase' at screen 0.02750,0.41163 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'

# The panel
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.68372
set bmargin at screen 0.13953
set logscale x 10
set xrange [0.743010867103:190.145217257]
set xtics ('1 ×' 1, '3 ×' 3, '10 ×' 10, '30 ×' 30, '100 ×' 100)
unset logscale y
set yrange [9.5:0.5]
set ytics ('load' 1, 'get' 2, 'get-batch' 3, 'neighbors' 4, 'scan' 5, 'update' 6, 'similar' 7, 'write' 8, 'delete' 9)
set label 8 'throughput relative to standard' at screen 0.55765,0.04651 center tc rgb '#555555'
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set object 5 rectangle from graph 0, first 8.5 to graph 1, first 9.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'million-inserts-speedup.dat' index 0 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'million-inserts-speedup.dat' index 0 using ($6 == 1 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle, \
     'million-inserts-speedup.dat' index 0 using 3:4:7 with labels left offset 1.2,0 font 'sans-serif,13' tc rgb '#222222' notitle
unset output
