import { describe, expect, test } from "vitest";
import { type Inline, parseMrkdwn } from "../../src/playground/slack/page/text/parse-mrkdwn.ts";
import { cpuMs } from "../harness/cpu-ms.ts";

/** A short notation for what was read: `b[bold]`, `link(url|words)`. */
function write(parts: Inline[]): string {
	return parts
		.map((part) => {
			switch (part.type) {
				case "text":
					return part.text;
				case "break":
					return "⏎";
				case "bold":
				case "italic":
				case "strike":
					return `${part.type[0]}[${write(part.children)}]`;
				case "code":
					return `code[${part.text}]`;
				case "link":
					return `link(${part.url}|${part.text})`;
				case "emoji":
					return `emoji(${part.name})`;
				case "broadcast":
					return `everybody(${part.range})`;
				case "date":
					return `date(${part.timestamp})`;
				default:
					return `${part.type}(${part.id})`;
			}
		})
		.join("");
}

const lines = (source: string) =>
	parseMrkdwn(source)
		.map((part) =>
			part.type === "code_block" ? `pre[${part.text}]` : `${part.type[0]}:${write(part.children)}`,
		)
		.join(" / ");

describe("mrkdwn is read as Slack reads it", () => {
	test.each([
		["*bold* _italic_ ~gone~ `code`", "l:b[bold] i[italic] s[gone] code[code]"],
		["*bold with _both_ inside*", "l:b[bold with i[both] inside]"],
		["2*3*4 snake_case_name a ~ b ~ c", "l:2*3*4 snake_case_name a ~ b ~ c"],
		["a \u200b*\u200bname\u200b*\u200b", "l:a \u200b*\u200bname\u200b*\u200b"],
		["* not bold * and **", "l:* not bold * and **"],
		["`*literal* <@U1>` stays", "l:code[*literal* <@U1>] stays"],
		["*<https://a.example/?x=1&amp;y=2|the *site>*", "l:b[link(https://a.example/?x=1&y=2|the *site)]"],
		[
			"<https://a.example> <mailto:me@a.example|me>",
			"l:link(https://a.example|https://a.example) link(mailto:me@a.example|me)",
		],
		["<javascript:alert(1)|click>", "l:<javascript:alert(1)|click>"],
		["<@U1> <#C1|shop> <!here> <!subteam^S1>", "l:user(U1) channel(C1) everybody(here) usergroup(S1)"],
		["<!date^1700000000^{date}|then>", "l:date(1700000000)"],
		[":tada: :+1::skin-tone-2: 10:30:45 a:b", "l:emoji(tada) emoji(+1::skin-tone-2) 10emoji(30)45 a:b"],
		["&lt;b&gt; &amp;amp;", "l:<b> &amp;"],
		["one\ntwo", "l:one⏎two"],
		["&gt; said\n> so\nanswer", "q:said⏎so / l:answer"],
		["before\n```\n*code* &lt;\n```\nafter", "l:before / pre[*code* <] / l:after"],
		["``` open fence", "l:``` open fence"],
		["", ""],
	])("%j", (source, expected) => {
		expect(lines(source)).toBe(expected);
	});

	test.each(["*_~<:`", "*a* ", "<@U1> :tada: ", "a\n> b\n", "*a_b~c "])(
		"reads 40,000 characters of %j in no time",
		async (piece) => {
			const text = piece.repeat(40_000 / piece.length);
			expect(await cpuMs(() => parseMrkdwn(text))).toBeLessThan(1_000);
		},
	);
});
