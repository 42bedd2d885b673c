# wordnet: how many times as fast as the standard subject
# Draws wordnet-speedup.svg from wordnet-speedup.dat: gnuplot wordnet-speedup.gp
reset
set encoding utf8
set terminal svg size 800,428 dynamic noenhanced font 'sans-serif,14' background '#ffffff'
set termoption noenhanced
set output 'wordnet-speedup.svg'
set datafile separator "\t"
set datafile missing 'NaN'
set border 3 lc rgb '#777777'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set errorbars small
unset key
set label 1 'wordnet: how many times as fast as the standard subject' at screen 0.02000,0.94626 left font 'sans-serif,18' tc rgb '#222222'
set label 2 'Throughput relative to the standard subject on the same allocator, on a logarithmic axis; right of 1 is faster.' at screen 0.02000,0.89019 left font 'sans-serif,13' tc rgb '#555555'
set label 3 'What is sent at planned times is left out. Whiskers: 95 % interval over 7 pairs of blocks. Filled points are clear' at screen 0.02000,0.84813 left font 'sans-serif,13' tc rgb '#555555'
set label 4 'of the tolerance of 5 %; open ones are a tie or unresolved. All with 1 thread.' at screen 0.02000,0.80607 left font 'sans-serif,13' tc rgb '#555555'
set label 5 '' at screen 0.03125,0.74065 point pt 7 ps 0.75 lc rgb '#000000'
set label 6 'glibc' at screen 0.04875,0.74065 left font 'sans-serif,14' tc rgb '#222222'
set label 7 '' at screen 0.13285,0.74065 point pt 5 ps 0.75 lc rgb '#0072B2'
set label 8 'jemalloc' at screen 0.15035,0.74065 left font 'sans-serif,14' tc rgb '#222222'
set label 9 'phase' at screen 0.02750,0.38551 center rotate by 90 font 'sans-serif,14' tc rgb '#555555'

# strata
set lmargin at screen 0.15280
set rmargin at screen 0.96250
set tmargin at screen 0.63084
set bmargin at screen 0.14019
set label 10 'strata' at screen 0.15280,0.65888 left font 'sans-serif,15' tc rgb '#222222'
set logscale x 10
set xrange [0.807857297162:43.3598539952]
set xtics ('1 ×' 1, '3 ×' 3, '10 ×' 10, '30 ×' 30)
unset logscale y
set yrange [7.5:0.5]
set ytics ('load' 1, 'write' 2, 'get' 3, 'neighbors' 4, 'hops' 5, 'similar' 6, 'scan' 7)
set label 11 'throughput relative to standard' at screen 0.55765,0.04673 center tc rgb '#555555'
unset object
set object 1 rectangle from graph 0, first 0.5 to graph 1, first 1.5 behind fc rgb '#f5f6f7' fs noborder
set object 2 rectangle from graph 0, first 2.5 to graph 1, first 3.5 behind fc rgb '#f5f6f7' fs noborder
set object 3 rectangle from graph 0, first 4.5 to graph 1, first 5.5 behind fc rgb '#f5f6f7' fs noborder
set object 4 rectangle from graph 0, first 6.5 to graph 1, first 7.5 behind fc rgb '#f5f6f7' fs noborder
set grid xtics noytics lt 1 lc rgb '#e2e2e2' lw 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back lw 1.5 lc rgb '#777777'
plot 'wordnet-speedup.dat' index 0 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#000000' notitle, \
     'wordnet-speedup.dat' index 0 using ($6 == 1 ? $1 : NaN):4 with points pt 7 ps 0.75 lc rgb '#000000' notitle, \
     'wordnet-speedup.dat' index 1 using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '#0072B2' notitle, \
     'wordnet-speedup.dat' index 1 using ($6 == 1 ? $1 : NaN):4 with points pt 5 ps 0.75 lc rgb '#0072B2' notitle
unset output
