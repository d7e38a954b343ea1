import { describe, expect, it } from "vitest";
import { composeText, toRichText } from "../../src/playground/slack/compose-text.ts";

const directory = {
	users: new Map([
		["bobbin", "U1"],
		["mia", "U2"],
	]),
	channels: new Map([["shop", "C1"]]),
};

describe("what the composer does with typed text", () => {
	const cases: [title: string, typed: string, expected: string][] = [
		["a mention", "@bobbin hello", "<@U1> hello"],
		["a mention in capitals and with a comma", "Hey @Bobbin, go", "Hey <@U1>, go"],
		["a mention at the end of a sentence", "ask @mia.", "ask <@U2>."],
		["a mention after a bracket and a line break", "(@mia)\n@bobbin", "(<@U2>)\n<@U1>"],
		["somebody unknown", "@nobody", "@nobody"],
		["a longer name", "@bobbins", "@bobbins"],
		["an address of mail", "me@bobbin.example", "me@bobbin.example"],
		["a package", "npm i @bobbin/core", "npm i <@U1>/core"],
		["a channel", "see #shop", "see <#C1|shop>"],
		["an issue number", "fixes #12", "fixes #12"],
		["everybody", "@channel @here", "<!channel> <!here>"],
		["markup", "a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"],
		[
			"references that are there already",
			"<@U9> <#C9|x> <!here> <https://a.example|a>",
			"<@U9> <#C9|x> <!here> <https://a.example|a>",
		],
		["an address", "see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."],
		["a mention inside an address", "https://a.example/@bobbin", "<https://a.example/@bobbin>"],
		["code", "`@bobbin <b>` and ```@mia\n#shop```", "`@bobbin &lt;b&gt;` and ```@mia\n#shop```"],
	];
	for (const [title, typed, expected] of cases) {
		it(`composes ${title}`, () => {
			expect(composeText(typed, directory)).toBe(expected);
		});
	}

	it("is quick with 40,000 characters of anything", () => {
		for (const piece of ["@", "<", "`", "#a ", "https://", "<@U1", "&", "@bobbin ", "```", "a.b-"]) {
			expect(composeText(piece.repeat(40_000 / piece.length), directory).length).toBeGreaterThan(0);
		}
	});
});

it("draws composed text as rich text", () => {
	expect(toRichText("<@U1> see <#C1|shop> &amp; `code`\n```\nlines\n```", "b1")).toEqual({
		type: "rich_text",
		block_id: "b1",
		elements: [
			{
				type: "rich_text_section",
				elements: [
					{ type: "user", user_id: "U1" },
					{ type: "text", text: " see " },
					{ type: "channel", channel_id: "C1" },
					{ type: "text", text: " & " },
					{ type: "text", text: "code", style: { code: true } },
					{ type: "text", text: "\n" },
				],
			},
			{ type: "rich_text_preformatted", elements: [{ type: "text", text: "lines" }] },
		],
	});
});
