import { expect, it } from "vitest";
import { drawMarkdown } from "../../src/playground/github/pages/markdown.ts";

it.each([
	["plain & <b>", "<p>plain &amp; &lt;b&gt;</p>"],
	["# A **b**", "<h1>A <strong>b</strong></h1>"],
	["- one\n- [x] two", '<ul><li>one</li><li><input type="checkbox" disabled checked> two</li></ul>'],
	["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
	["> said\n> so", "<blockquote>said<br>so</blockquote>"],
	["a `<i>` *b*", "<p>a <code>&lt;i&gt;</code> <em>b</em></p>"],
	["```ts\n<x>\n```\nafter", "<pre><code>&lt;x&gt;</code></pre>\n<p>after</p>"],
	["```\nnever closed", "<pre><code>never closed</code></pre>"],
	["---", "<hr>"],
	["<!-- kept, not shown -->\nwords", "\n<p>words</p>"],
	["```\n<!-- shown -->\n```", "<pre><code>&lt;!-- shown --&gt;</code></pre>"],
	[
		"| a | <b> |\n| --- | --- |\n| 1 | 2 |",
		"<table><tr><th>a</th><th>&lt;b&gt;</th></tr><tr><td>1</td><td>2</td></tr></table>",
	],
	[
		"[a](https://x.example/?q=1&r=2)",
		'<p><a href="https://x.example/?q=1&amp;r=2" rel="noreferrer nofollow">a</a></p>',
	],
	["[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"],
	[
		'[a](https://x.example/"onclick="y)',
		'<p><a href="https://x.example/&quot;onclick=&quot;y" rel="noreferrer nofollow">a</a></p>',
	],
])("draws %j", (text, expected) => {
	expect(String(drawMarkdown(text))).toBe(expected);
});
