namespace EtlTools.Engine.Report.Html;

/// <summary>The page's style sheet. Every pair of text and background has a contrast of 4.5 at least.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root{--bg:#ffffff;--card:#f6f8fa;--line:#d0d7de;--text:#1f2328;--soft:#57606a;--link:#0550ae;--grid:#eaeef2;
        --ok:#116329;--drained:#0550ae;--early:#57606a;--some:#7d4e00;--failed:#a40e26;--dropped:#6639ba;--running:#0b6a70;--lost:#953800;--fill:#0550ae;--band:#f0b7bd}
        @media (prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#161b22;--line:#30363d;--text:#e6edf3;--soft:#9ea7b3;--link:#79b8ff;--grid:#21262d;
        --ok:#56d364;--drained:#79b8ff;--early:#9ea7b3;--some:#e3b341;--failed:#ff8a80;--dropped:#d2a8ff;--running:#66d9e0;--lost:#ffa657;--fill:#79b8ff;--band:#5c2329}}
        *{box-sizing:border-box}
        html{color-scheme:light dark}
        body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:1120px;margin:0 auto;padding:24px 16px 48px}
        h1{font-size:26px;line-height:1.25;margin:0 0 4px}
        h2{font-size:19px;margin:36px 0 12px;padding-top:4px}
        h3{font-size:15px;margin:20px 0 8px}
        p{margin:0 0 12px}
        a{color:var(--link)}
        .soft{color:var(--soft)}
        .small{font-size:13px}
        .num{font-variant-numeric:tabular-nums}
        .lead{font-size:17px;margin:12px 0 20px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(132px,1fr));gap:12px;margin:0 0 8px;padding:0}
        .tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px;min-width:0}
        .tile b{display:block;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .tile span{display:block;color:var(--soft);font-size:13px}
        .lane{margin:0 0 14px}
        .lane>div:first-child{display:flex;justify-content:space-between;gap:12px;font-size:13px;margin-bottom:2px}
        .lane>div:first-child span:first-child{font-weight:600;overflow-wrap:anywhere;min-width:0}
        .lane>div:first-child span:last-child{color:var(--soft);white-space:nowrap}
        svg{display:block;width:100%;background:var(--card);border:1px solid var(--line);border-radius:4px}
        .axis{display:flex;justify-content:space-between;gap:12px;font-size:13px;color:var(--soft);font-variant-numeric:tabular-nums;margin-top:2px}
        .legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin:8px 0 0;padding:0;list-style:none}
        .legend i{display:inline-block;width:10px;height:10px;margin-right:6px;border-radius:2px;background:currentColor}
        .legend i.missed{background:none;border:1.5px dashed currentColor}
        .ok{color:var(--ok)}.drained{color:var(--drained)}.early{color:var(--early)}.some{color:var(--some)}.failed{color:var(--failed)}.dropped{color:var(--dropped)}.running{color:var(--running)}.lost{color:var(--lost)}.missed{color:var(--soft)}
        svg .ok,svg .drained,svg .early,svg .some,svg .failed,svg .dropped,svg .running,svg .lost{fill:currentColor}
        svg .missed{fill:none;stroke:currentColor;stroke-width:1.5;stroke-dasharray:3 2;vector-effect:non-scaling-stroke}
        svg .rate{fill:var(--ok);opacity:.8}svg .queue{fill:var(--fill);opacity:.85}svg .band{fill:var(--band)}
        svg .mark{stroke:var(--failed);stroke-width:2;vector-effect:non-scaling-stroke}
        .badge{font-weight:600;white-space:nowrap}
        table{border-collapse:collapse;width:100%;font-size:14px}
        caption{text-align:left;font-weight:600;padding:0 0 6px}
        th,td{text-align:left;vertical-align:top;padding:6px 10px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        th{font-size:13px;color:var(--soft);font-weight:600;overflow-wrap:normal}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal;white-space:nowrap}
        td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
        details{border:1px solid var(--line);border-radius:8px;margin:0 0 10px;background:var(--bg)}
        summary{display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline;cursor:pointer;padding:10px 14px;background:var(--card);border-radius:8px}
        summary .num{white-space:nowrap}
        .run{padding:12px 14px 14px}
        .chart{margin:0 0 12px}
        .chart>div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;font-size:13px;margin-bottom:2px}
        .chart svg+svg{margin-top:2px}
        .error{border-left:3px solid var(--failed);padding:4px 12px;margin:0 0 12px;overflow-wrap:anywhere}
        footer{margin-top:40px;font-size:13px;color:var(--soft);border-top:1px solid var(--line);padding-top:12px}
        @media (max-width:680px){
        main{padding:16px 12px 32px}h1{font-size:22px}.lead{font-size:16px}
        thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        table,caption,tbody,tr,td{display:block;width:100%}
        tr{border:1px solid var(--line);border-radius:8px;margin:0 0 10px;padding:4px 0}
        td,td.n,td.t{display:flex;justify-content:space-between;gap:16px;text-align:right;white-space:normal;border-bottom:0;padding:3px 12px}
        td::before{content:attr(data-l);color:var(--soft);font-size:13px;text-align:left;flex:none}
        td>span{min-width:0}
        .axis .mid{display:none}}
        @media print{:root{--bg:#ffffff;--card:#ffffff;--line:#b0b7be;--text:#000000;--soft:#444c56;--link:#000000;
        --ok:#116329;--drained:#0550ae;--early:#57606a;--some:#7d4e00;--failed:#a40e26;--dropped:#6639ba;--running:#0b6a70;--lost:#953800;--fill:#0550ae;--band:#f0b7bd}
        html{color-scheme:light}body{font-size:11pt}main{max-width:none;padding:0}
        svg,svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        details{break-inside:avoid}details::details-content{display:block;content-visibility:visible}h2,h3,caption{break-after:avoid}tr{break-inside:avoid}a{text-decoration:none}}
        """;
}
