import { describe, expect, test } from "vitest";
import { answerMessages } from "../../src/slack/blocks/answer-messages.ts";
import { codeSpan, cut, escapeMrkdwn, plainLine } from "../../src/slack/text/escape.ts";
import { MAX_PROMPT_CHARACTERS, toPlainText } from "../../src/slack/text/from-slack.ts";
import { splitMrkdwn } from "../../src/slack/text/split.ts";
import { toMrkdwn } from "../../src/slack/text/to-mrkdwn.ts";
import { costWords, durationWords, placeWords } from "../../src/slack/text/words.ts";

const names = { botUserId: "UBOT", users: new Map([["U2", "noah"]]) };

describe("a message as a prompt", () => {
	test.each([
		["the mention goes", "<@UBOT> fix it", "fix it"],
		["a mention in the middle goes", "hey <@UBOT|bobbin>, fix it", "hey , fix it"],
		["escapes are written out once", "a &lt; b &amp;&amp; c &gt; d &amp;lt;", "a < b && c > d &lt;"],
		["people get their names", "ask <@U2> and <@U9>", "ask @noah and @U9"],
		["channels get their names", "see <#C1|shop> and <#C2>", "see #shop and #C2"],
		[
			"links keep words and address",
			"<https://a.b/c?d=1&amp;e=2|the page>",
			"the page (https://a.b/c?d=1&e=2)",
		],
		["bare links stay bare", "<https://a.b> <http://a.b|a.b>", "https://a.b http://a.b"],
		["mail stays mail", "<mailto:a@b.c|a@b.c>", "a@b.c"],
		["a ping of all is only words", "<!channel> <!here|here> <!subteam^S1|@devs>", "@channel @here @devs"],
		["a date keeps its words", "<!date^1392734382^{date}|Feb 18>", "Feb 18"],
		["emoji and right-to-left stay", "🧵👩‍👩‍👧 اختبار :+1:", "🧵👩‍👩‍👧 اختبار :+1:"],
		["zero characters go", "a\u0000b", "ab"],
		["half characters are mended", "a\ud83dz\udc4d", "a\ufffdz\ufffd"],
		["space around goes", "  \n x \n ", "x"],
	])("%s", (_, text, expected) => {
		expect(toPlainText(text, names)).toBe(expected);
	});

	test("is cut at 40,000 characters, never inside one", () => {
		expect(toPlainText("x".repeat(50_000), names)).toHaveLength(MAX_PROMPT_CHARACTERS);
		const pairs = toPlainText(`x${"😀".repeat(30_000)}`, names);
		expect(pairs).toHaveLength(MAX_PROMPT_CHARACTERS - 1);
		expect(pairs.isWellFormed()).toBe(true);
	});
});

describe("an answer in Slack's form", () => {
	test("keeps bold, lists, links and code", () => {
		const text = toMrkdwn("**bold** and [link](https://a.b/c?d=1&e=2)\n\n- one\n\n```ts\na && b\n```");
		expect(text).toContain("*bold*");
		expect(text).toContain("<https://a.b/c?d=1&e=2|link>");
		expect(text).toContain("•   one");
		expect(text).toContain("```\na &amp;&amp; b\n```");
	});

	test.each([
		"<!channel>",
		"<!here|here>",
		"<@U12345>",
		"<!subteam^S1|devs>",
		"`<@U12345>`",
		"```\n<!channel>\n```",
		"[<!channel>](https://a.b)",
		"[x](<!channel>)",
		"<https://a.b|<!channel>>",
		"> <!everyone>",
		"| a |\n|---|\n| <!channel> |",
		"# <@U12345>",
		"&lt;!channel&gt;",
		"<script><!channel></script>",
		"<\u0000!channel>",
		"```\nopen fence <!channel>",
		"`a` <!channel> `b",
	])("never pings: %j", (markdown) => {
		expect(toMrkdwn(markdown)).not.toMatch(/<[!@#]/);
	});

	test("draws a table as columns of words", () => {
		const table = "| Test | **Runs** |\n|---|--:|\n| `cart` | 3 |\n| checkout \\| pay | 12 |";
		expect(toMrkdwn(`Before:\n\n${table}\n\nAfter.`)).toBe(
			"Before:\n\n```\nTest            Runs\n--------------  ----\ncart            3\ncheckout | pay  12\n```\n\nAfter.",
		);
	});

	test("draws a table that is too wide as a point for each row", () => {
		const why = "because ".repeat(12).trim();
		const table = `| File | Why | Link |\n|---|---|---|\n| \`a.ts\` | ${why} | [#1](https://a.b/1) |\n| b |`;
		expect(toMrkdwn(`${table}\n\nEnd`)).toBe(
			`•   \`a.ts\` · Why: ${why} · Link: <https://a.b/1|#1>\n•   b\n\nEnd`,
		);
	});

	test("draws a line between parts, but none inside of code", () => {
		expect(toMrkdwn("one\n\n---\n\ntwo")).toBe("one\n\n──────────\n\ntwo");
		expect(toMrkdwn("```\n***\n```")).toBe("```\n***\n```");
	});

	test("writes @channel so that nothing links it", () => {
		expect(toMrkdwn("@channel and @here")).not.toMatch(/@(channel|here)/);
	});

	test("escapes what is no link", () => {
		expect(toMrkdwn("a <b> c")).not.toMatch(/<b>/);
		expect(toMrkdwn("> quoted")).toBe("> quoted");
	});
});

test.each([
	["emphasis", "*a **b ".repeat(40) + "b** a*".repeat(40)],
	["emphasis without spaces", `${"*".repeat(400)}a${"*".repeat(400)}`],
	["strokes", "~~a *b ".repeat(40) + "b* a~~ ".repeat(40)],
	[
		"references in emphasis",
		`${"*a **b ".repeat(5)}[c *d* e]${"b** a*".repeat(5)}\n\n[c *d* e]: https://a.example`,
	],
	["quotes", `${"> ".repeat(20_000)}x`],
	["quotes without spaces", ">".repeat(40_000)],
	["lists", `${"- ".repeat(2_000)}x`],
	["quotes and lists", `${"> 1. - ".repeat(2_000)}x`],
])("what is nested deeper than anybody writes is shown as it is: %s", (_, markdown) => {
	expect(toMrkdwn(markdown)).toBe(escapeMrkdwn(markdown).trim());
});

test("what people nest keeps its form", () => {
	const markdown = "> - one **bold _and ~~gone~~_**\n>   - two [a `link`](https://a.example)\n>     1. three";
	expect(toMrkdwn(markdown)).toMatch(/\*bold .*_and .*~gone~/);
	expect(toMrkdwn(markdown)).toContain("<https://a.example|a `link`>");
});

test("a row of spaces of any length is read in a moment", () => {
	const names = { botUserId: "U0BOT", users: new Map() };
	expect(toPlainText(`a${" ".repeat(400_000)}b \t\nc`, names)).toHaveLength(MAX_PROMPT_CHARACTERS);
	expect(toPlainText("a \t \nb", names)).toBe("a\nb");
});

describe("splitting", () => {
	test("leaves short text alone", () => {
		expect(splitMrkdwn("hello", 100)).toEqual(["hello"]);
		expect(splitMrkdwn("", 100)).toEqual([]);
	});

	test("keeps a fence whole that fits into a piece", () => {
		const fence = `\`\`\`\n${"code\n".repeat(10)}\`\`\``;
		const pieces = splitMrkdwn(`${"word ".repeat(15)}\n\n${fence}\n\nafter`, 100);
		expect(pieces.some((piece) => piece.includes(fence))).toBe(true);
		expect(pieces.every((piece) => piece.length <= 100)).toBe(true);
	});

	test("closes and opens again a fence that is too long, and loses no line", () => {
		const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
		const pieces = splitMrkdwn(`\`\`\`\n${lines.join("\n")}\n\`\`\``, 300);
		expect(pieces.length).toBeGreaterThan(5);
		for (const piece of pieces) {
			expect(piece.length).toBeLessThanOrEqual(300);
			expect(piece.match(/```/g)).toHaveLength(2);
		}
		const kept = pieces.flatMap((piece) => piece.split("\n").filter((line) => line.startsWith("line")));
		expect(kept).toEqual(lines);
	});

	test("cuts a line without spaces between characters, escapes and links", () => {
		for (const unit of ["😀", "&amp;", "<https://a.b/c|d>"]) {
			const text = unit.repeat(300);
			const pieces = splitMrkdwn(text, 101);
			expect(pieces.join("")).toBe(text);
			for (const piece of pieces) {
				expect(piece.isWellFormed()).toBe(true);
				expect(piece.length % unit.length).toBe(0);
			}
		}
	});

	test("an answer of 100,000 characters becomes a few messages within the limits", () => {
		const messages = answerMessages(`${"A long line of words. ".repeat(40)}\n\n`.repeat(115));
		expect(messages.length).toBe(5);
		for (const message of messages) {
			const total = JSON.stringify(message.blocks.map((block) => "text" in block && block.text)).length;
			expect(total).toBeLessThan(12_500);
			expect(message.text.length).toBeLessThan(4_000);
		}
	});
});

test("the sign after a call to us belongs to the call", () => {
	const names = { botUserId: "UBOT", users: new Map([["U1", "Noah"]]) };
	expect(toPlainText("<@UBOT>, stop", names)).toBe("stop");
	expect(toPlainText(" <@UBOT|bobbin>: x3 fix it: now", names)).toBe("x3 fix it: now");
	expect(toPlainText("<@U1>, look", names)).toBe("@Noah, look");
	expect(toPlainText("hey <@UBOT>, look", names)).toBe("hey , look");
});

test("no name turns the direction of what follows it", () => {
	expect(plainLine("photo\u202egpj.exe (of noah)", 200)).toBe("photogpj.exe (of noah)");
	expect(codeSpan("main\u2066 ← x", 200)).toBe("`main ← x`");
});

test("a name with marks between its letters stays as it is, to be copied", () => {
	expect(plainLine("ANTHROPIC_API_KEY 2*3", 200)).toBe("ANTHROPIC_API_KEY 2*3");
	expect(plainLine("_private_", 200)).toBe("\u200b_\u200bprivate\u200b_\u200b");
});

test("one line of foreign text has no markup left", () => {
	const line = plainLine("*bold* `x` <!here>\nnext & @channel", 200);
	expect(line).not.toMatch(/<|\n|@channel/);
	expect(cut("😀😀", 3)).toBe("😀…");
});

test("figures in words", () => {
	expect([8_400, 60_000, 130_000, 3_900_000].map(durationWords)).toEqual([
		"8 s",
		"1 min",
		"2 min 10 s",
		"1 h 5 min",
	]);
	expect([0, 0.001, 0.126].map(costWords)).toEqual(["", "under $0.01", "$0.13"]);
	expect([1, 2, 3, 4, 11, 12, 21, 112].map(placeWords)).toEqual([
		"next",
		"2nd",
		"3rd",
		"4th",
		"11th",
		"12th",
		"21st",
		"112th",
	]);
});
