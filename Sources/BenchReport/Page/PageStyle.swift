/// The page's style sheet.
enum PageStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --ink: #1b1f24; --faint: #57606a; --paper: #ffffff; --card: #f6f8fa; --rule: #d0d7de; --link: #0a58ca;
          --met-ink: #0b5d3b; --met: #d8f3e4; --missed-ink: #9b1c0c; --missed: #fde3dc; --open: #e7eaee;
          --notice: #fff4d6; --notice-rule: #c98a00;
          \(ChartTheme.light)
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ink: #e6e9ed; --faint: #a3acb7; --paper: #14171b; --card: #1d2127; --rule: #3a414a; --link: #7fb3ff;
            --met-ink: #8fe3b8; --met: #12402c; --missed-ink: #ffb4a3; --missed: #5a1d12; --open: #2d333b;
            --notice: #3a2f10; --notice-rule: #d9a62b;
            \(ChartTheme.dark)
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }
        main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--rule); overflow-wrap: anywhere; }
        h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        p, ul { margin: .5rem 0 1rem; max-width: 46rem; overflow-wrap: anywhere; }
        ul { padding-left: 1.3rem; }
        a { color: var(--link); }
        code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--card); padding: .1em .3em; border-radius: 4px; }
        pre { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto; }
        pre code { padding: 0; background: none; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .9rem; line-height: 1.4; font-variant-numeric: tabular-nums; margin: .5rem 0 1rem; }
        th, td { text-align: left; padding: .4rem 1.1rem .4rem 0; vertical-align: top; border-bottom: 1px solid var(--rule); }
        th { font-weight: 600; color: var(--faint); border-bottom-width: 2px; vertical-align: bottom; }
        th:last-child, td:last-child { padding-right: 0; }
        td:first-child { min-width: 8rem; }
        .long { min-width: 13rem; }
        .number { text-align: right; }
        td.number { white-space: nowrap; }
        .pinned th:first-child, .pinned td:first-child { position: sticky; left: 0; background: var(--paper); }
        .pinned td:first-child { min-width: 0; white-space: nowrap; }
        small { font-size: .88em; color: var(--faint); }
        .verdict { display: inline-block; padding: .05rem .5rem; border-radius: 999px; font-size: .85em; font-weight: 600; white-space: nowrap; }
        .met { color: var(--met-ink); background: var(--met); }
        .missed { color: var(--missed-ink); background: var(--missed); }
        .open { color: var(--faint); background: var(--open); }
        .notice { background: var(--notice); border-left: 4px solid var(--notice-rule); padding: .6rem .9rem; border-radius: 0 8px 8px 0; }
        figure { margin: 1.5rem 0; }
        .card { background: var(--c-ffffff); border: 1px solid var(--rule); border-radius: 10px; padding: .5rem; }
        .card svg { display: block; width: 100%; min-width: 640px; max-width: 900px; height: auto; margin: 0 auto; }
        figcaption { color: var(--faint); font-size: .9rem; margin-top: .4rem; max-width: 46rem; }
        details { margin: 1.5rem 0; }
        summary { cursor: pointer; font-weight: 600; }
        @media (max-width: 40rem) {
          main { padding: 1rem .9rem 3rem; }
          h1 { font-size: 1.35rem; }
          table { font-size: .85rem; }
          .stacks thead { display: none; }
          .stacks, .stacks tbody, .stacks tr, .stacks td { display: block; }
          .stacks tr { padding: .6rem 0; border-bottom: 2px solid var(--rule); }
          .stacks td, .stacks td.number { padding: .15rem 0; border: 0; text-align: left; white-space: normal; }
          .stacks td::before { content: attr(data-title) ": "; color: var(--faint); font-weight: 600; }
          .stacks td:first-child { font-weight: 600; }
          .stacks td:first-child::before { content: none; }
        }
        @media print { .scroll { overflow: visible; } .card svg { min-width: 0; } }
        """
}
