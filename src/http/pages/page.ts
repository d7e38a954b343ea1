import { html } from "hono/html";

const STYLE = `
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark }
pre, textarea { box-sizing: border-box; width: 100%; padding: .75rem; border: 1px solid #8886; border-radius: 6px; font: 13px/1.5 ui-monospace, monospace; overflow: auto; max-height: 24rem }
label { display: block; margin: .75rem 0 .25rem }
table { border-collapse: collapse } td { padding: .15rem 1rem .15rem 0; vertical-align: top }
figure { margin: 1rem 0 } figure img { max-width: 100%; border: 1px solid #8886; border-radius: 6px } figcaption { font-weight: 600 }
.problem { color: #c62828; white-space: pre-wrap }
`;

/** A page of Bobbin's own, without scripts. Everything put into it is escaped. */
export function page(title: string, content: ReturnType<typeof html>) {
	return html`<!doctype html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<meta name="viewport" content="width=device-width, initial-scale=1" />
		<meta http-equiv="content-security-policy" content="default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'" />
		<title>${title} · Bobbin</title>
		<style>${STYLE}</style>
	</head>
	<body>
		<h1>${title}</h1>
		${content}
	</body>
</html>`;
}
