/** The one style sheet of the pages: light and plain, near to what people know. */
export const STYLE = `
:root { --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --link: #0969da; --green: #1a7f37; --red: #cf222e; --purple: #8250df; }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--text); background: #fff; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre, .line, .number { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12px; }
header.top { display: flex; gap: 16px; align-items: baseline; padding: 14px 32px; background: var(--soft); border-bottom: 1px solid var(--line); }
header.top a { font-weight: 600; color: var(--text); }
header.top span, .quiet { color: var(--quiet); }
main { max-width: 1100px; margin: 24px auto; padding: 0 24px; }
h1 { font-size: 24px; font-weight: 500; margin: 0 0 8px; }
h1 .number { font-size: 24px; color: var(--quiet); font-family: inherit; }
h2 { font-size: 16px; margin: 28px 0 8px; }
.box { border: 1px solid var(--line); border-radius: 6px; margin: 12px 0; overflow: hidden; }
.box > * { padding: 10px 16px; }
.box > * + * { border-top: 1px solid var(--line); }
.box > .head { background: var(--soft); }
.row { display: flex; gap: 12px; align-items: center; flex-wrap: wrap; }
.row .grow { flex: 1; min-width: 0; }
.tag { display: inline-block; padding: 0 8px; border: 1px solid var(--line); border-radius: 12px; font-size: 12px; color: var(--quiet); margin: 0 4px; }
.state { display: inline-block; padding: 4px 12px; border-radius: 16px; color: #fff; font-weight: 500; }
.state.open { background: var(--green); } .state.merged { background: var(--purple); } .state.closed { background: var(--red); } .state.draft { background: var(--quiet); }
.plus { color: var(--green); font-weight: 600; } .minus { color: var(--red); font-weight: 600; }
.body { padding: 16px; } .body > :first-child { margin-top: 0; } .body > :last-child { margin-bottom: 0; }
.body pre, pre.blob { background: var(--soft); padding: 12px; border-radius: 6px; overflow-x: auto; margin: 0 0 12px; }
.body code { background: var(--soft); padding: 1px 4px; border-radius: 4px; }
.body pre code { background: none; padding: 0; }
.body table { border-collapse: collapse; margin: 0 0 12px; } .body td, .body th { border: 1px solid var(--line); padding: 4px 12px; text-align: left; }
blockquote { margin: 0 0 12px; padding: 0 12px; border-left: 4px solid var(--line); color: var(--quiet); }
details.file { border: 1px solid var(--line); border-radius: 6px; margin: 12px 0; overflow: hidden; }
details.file summary { padding: 8px 12px; background: var(--soft); cursor: pointer; }
details.file p { padding: 0 12px; }
table.diff { width: 100%; border-collapse: collapse; border-top: 1px solid var(--line); }
table.diff td { padding: 0 8px; vertical-align: top; }
table.diff .number { width: 1%; min-width: 40px; text-align: right; color: var(--quiet); user-select: none; }
table.diff .line { white-space: pre-wrap; overflow-wrap: anywhere; }
tr.added { background: #dafbe1; } tr.removed { background: #ffebe9; } tr.hunk { background: #ddf4ff; color: var(--quiet); }
form { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; margin: 0; }
.head form { display: inline-flex; margin-left: 8px; }
textarea { flex: 1 1 320px; padding: 6px 8px; border: 1px solid var(--line); border-radius: 6px; font: inherit; }
button, select, input[type=text] { font: inherit; padding: 5px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--soft); }
button { cursor: pointer; } button.primary { background: #1f883d; border-color: #1f883d; color: #fff; font-weight: 500; }
button:disabled { opacity: .5; cursor: default; }
.notice { padding: 10px 16px; border: 1px solid #d4a72c; background: #fff8c5; border-radius: 6px; margin: 12px 0; }
.body p img { display: block; max-width: 100%; border: 1px solid var(--line); border-radius: 6px; }
img.face { width: 20px; height: 20px; border-radius: 50%; vertical-align: -5px; margin-right: 6px; }
`;
