import { html } from "hono/html";

export type Html = ReturnType<typeof html>;

/** The frame of every page. `base` is where playground GitHub lies, for example `/playground/github`. */
export function drawPage(base: string, title: string, content: Html | Html[]): Html {
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Playground GitHub</title>
<link rel="stylesheet" href="${base}/style.css">
</head>
<body>
<header class="top"><a href="${base}">Playground GitHub</a><span>a GitHub on this machine, for trying Bobbin out</span></header>
<main>${content}</main>
</body>
</html>`;
}

/** "3 days ago", from a timestamp. */
export function drawTime(timestamp: string, nowMs: number): Html {
	const seconds = Math.max(0, Math.round((nowMs - Date.parse(timestamp)) / 1000));
	const [count, unit] =
		seconds < 60
			? [seconds, "second"]
			: seconds < 3600
				? [Math.round(seconds / 60), "minute"]
				: seconds < 86_400
					? [Math.round(seconds / 3600), "hour"]
					: [Math.round(seconds / 86_400), "day"];
	return html`<time datetime="${timestamp}">${count} ${unit}${count === 1 ? "" : "s"} ago</time>`;
}
