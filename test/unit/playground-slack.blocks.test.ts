import type { KnownBlock } from "@slack/types";
import { describe, expect, it } from "vitest";
import { type Surface, validateBlocks } from "../../src/playground/slack/block-kit/validate-blocks.ts";
import { validateView } from "../../src/playground/slack/block-kit/validate-view.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const mrkdwn = (text: string) => ({ type: "mrkdwn" as const, text });
const long = (length: number) => "x".repeat(length);
const many = <T>(count: number, make: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, n) => make(n));
const button = (rest: object = {}) => ({ type: "button", text: plain("Go"), ...rest });
const option = (n: number, rest: object = {}) => ({ text: plain(`option ${n}`), value: `${n}`, ...rest });
const actions = (...elements: object[]) => ({ type: "actions", elements });
const section = (rest: object = {}) => ({ type: "section", text: mrkdwn("text"), ...rest });
const select = (rest: object) => actions({ type: "static_select", ...rest });
const image = { type: "image" as const, image_url: "https://example.com/a.png", alt_text: "a" };
const rich = (text = "hi") => ({
	type: "rich_text" as const,
	elements: [{ type: "rich_text_section" as const, elements: [{ type: "text" as const, text }] }],
});
const card = { type: "card", title: mrkdwn("Title"), actions: [button()] };
const task = { type: "task_card", task_id: "1", title: "Read", status: "complete" };

/** At the limit, so that one more of anything is refused. */
const VALID: [title: string, blocks: unknown[], surface?: Surface][] = [
	["50 blocks", many(50, () => ({ type: "divider" }))],
	["100 blocks in a modal", many(100, () => ({ type: "divider" })), "modal"],
	["section text of 3000", [section({ text: mrkdwn(long(3000)) })]],
	[
		"10 fields of 2000",
		[section({ text: undefined, fields: many(10, () => mrkdwn(long(2000))) })].map(dropUndefined),
	],
	["header of 150", [{ type: "header", text: plain(long(150)) }]],
	["25 buttons", [actions(...many(25, (n) => button({ action_id: `b${n}` })))]],
	["button limits", [actions(button({ text: plain(long(75)), value: long(2000), style: "danger" }))]],
	["10 context elements", [{ type: "context", elements: [...many(9, () => mrkdwn("x")), image] }]],
	["100 options", [select({ options: many(100, (n) => option(n)), placeholder: plain(long(150)) })]],
	[
		"5 overflow options",
		[actions({ type: "overflow", options: many(5, (n) => option(n, { url: "https://a.example" })) })],
	],
	["10 checkboxes", [actions({ type: "checkboxes", options: many(10, (n) => option(n)) })]],
	[
		"an external select",
		[section({ accessory: { type: "external_select", action_id: "pick", min_query_length: 0 } })],
	],
	[
		"a confirm dialog",
		[
			actions(
				button({ confirm: { title: plain(long(100)), text: mrkdwn(long(300)), confirm: plain(long(30)) } }),
			),
		],
	],
	["markdown of 12,000", [{ type: "markdown", text: long(12_000) }]],
	["rich text", [rich()]],
	["an image", [{ ...image, title: plain("A") }]],
	["a table", [{ type: "table", rows: many(100, () => many(20, () => ({ type: "raw_text", text: "x" }))) }]],
	["a card and a carousel", [card, { type: "carousel", elements: many(10, () => card) }]],
	["a plan", [{ type: "plan", title: "Plan", tasks: [task] }]],
	["a container", [{ type: "container", title: plain("Box"), child_blocks: [section()] }]],
	[
		"feedback",
		[
			{
				type: "context_actions",
				elements: [
					{
						type: "feedback_buttons",
						positive_button: { text: plain("+"), value: "1" },
						negative_button: { text: plain("-"), value: "0" },
					},
				],
			},
		],
	],
	["an alert in a modal", [{ type: "alert", text: plain("Careful"), level: "warning" }], "modal"],
	[
		"an input",
		[{ type: "input", label: plain("Name"), element: { type: "plain_text_input", max_length: 3000 } }],
		"modal",
	],
];

const INVALID: [title: string, pointer: string, blocks: unknown, surface?: Surface][] = [
	["no array", "/blocks", { type: "divider" }],
	["51 blocks", "/blocks", many(51, () => ({ type: "divider" }))],
	["101 blocks at home", "/blocks", many(101, () => ({ type: "divider" })), "home"],
	["an unknown block", "/blocks/0/type", [{ type: "marquee" }]],
	["an unknown key", "/blocks/0", [{ type: "divider", colour: "red" }]],
	["section text of 3001", "/blocks/0/text/text", [section({ text: mrkdwn(long(3001)) })]],
	["an empty section text", "/blocks/0/text/text", [section({ text: mrkdwn("") })]],
	["a section with nothing", "/blocks/0", [{ type: "section" }]],
	["11 fields", "/blocks/0/fields", [section({ fields: many(11, () => mrkdwn("x")) })]],
	["a field of 2001", "/blocks/0/fields/0/text", [section({ fields: [mrkdwn(long(2001))] })]],
	["a header of 151", "/blocks/0/text/text", [{ type: "header", text: plain(long(151)) }]],
	["a header in mrkdwn", "/blocks/0/text/type", [{ type: "header", text: mrkdwn("x") }]],
	["26 buttons", "/blocks/0/elements", [actions(...many(26, (n) => button({ action_id: `b${n}` })))]],
	["no buttons", "/blocks/0/elements", [actions()]],
	["button text of 76", "/blocks/0/elements/0/text/text", [actions(button({ text: plain(long(76)) }))]],
	["button value of 2001", "/blocks/0/elements/0/value", [actions(button({ value: long(2001) }))]],
	["a script as url", "/blocks/0/elements/0/url", [actions(button({ url: "javascript:alert(1)" }))]],
	["a style of its own", "/blocks/0/elements/0/style", [actions(button({ style: "warning" }))]],
	["11 context elements", "/blocks/0/elements", [{ type: "context", elements: many(11, () => mrkdwn("x")) }]],
	["a button in a context", "/blocks/0/elements/0/type", [{ type: "context", elements: [button()] }]],
	["101 options", "/blocks/0/elements/0/options", [select({ options: many(101, (n) => option(n)) })]],
	[
		"option text of 76",
		"/blocks/0/elements/0/options/0/text/text",
		[select({ options: [{ text: plain(long(76)), value: "1" }] })],
	],
	[
		"option value of 76",
		"/blocks/0/elements/0/options/0/value",
		[select({ options: [{ text: plain("x"), value: long(76) }] })],
	],
	[
		"a placeholder of 151",
		"/blocks/0/elements/0/placeholder/text",
		[select({ options: [option(1)], placeholder: plain(long(151)) })],
	],
	["options and groups", "/blocks/0/elements/0", [select({ options: [option(1)], option_groups: [] })]],
	[
		"6 overflow options",
		"/blocks/0/elements/0/options",
		[actions({ type: "overflow", options: many(6, (n) => option(n)) })],
	],
	[
		"11 radio buttons",
		"/blocks/0/elements/0/options",
		[actions({ type: "radio_buttons", options: many(11, (n) => option(n)) })],
	],
	[
		"confirm text of 301",
		"/blocks/0/elements/0/confirm/text/text",
		[actions(button({ confirm: { text: plain(long(301)) } }))],
	],
	["an id of 256", "/blocks/0/block_id", [{ type: "divider", block_id: long(256) }]],
	["the same block_id twice", "/blocks/1/block_id", many(2, () => ({ type: "divider", block_id: "same" }))],
	[
		"the same action_id twice",
		"/blocks/0/elements/1/action_id",
		[actions(button({ action_id: "a" }), button({ action_id: "a" }))],
	],
	[
		"markdown of 12,001 in all",
		"/blocks",
		[
			{ type: "markdown", text: long(6000) },
			{ type: "markdown", text: long(6001) },
		],
	],
	["markdown at home", "/blocks/0/type", [{ type: "markdown", text: "x" }], "home"],
	["an alert in a message", "/blocks/0/type", [{ type: "alert", text: plain("x") }]],
	["two tables", "/blocks", many(2, () => ({ type: "table", rows: [[{ type: "raw_text", text: "x" }]] }))],
	[
		"a table of 101 rows",
		"/blocks/0/rows",
		[{ type: "table", rows: many(101, () => [{ type: "raw_text", text: "x" }]) }],
	],
	[
		"a row of 21 cells",
		"/blocks/0/rows/0",
		[{ type: "table", rows: [many(21, () => ({ type: "raw_text", text: "x" }))] }],
	],
	["an image with two sources", "/blocks/0", [{ ...image, slack_file: { id: "F1" } }]],
	[
		"an image without words",
		"/blocks/0/alt_text",
		[{ type: "image", image_url: "https://example.com/a.png" }],
	],
	["an empty card", "/blocks/0", [{ type: "card", subtitle: mrkdwn("x") }]],
	["a card title of 151", "/blocks/0/title/text", [{ type: "card", title: mrkdwn(long(151)) }]],
	["11 cards", "/blocks/0/elements", [{ type: "carousel", elements: many(11, () => card) }]],
	["a nameless container", "/blocks/0", [{ type: "container", child_blocks: [section()] }]],
	["a task without status", "/blocks/0/status", [{ type: "task_card", task_id: "1", title: "x" }]],
	[
		"two focused inputs",
		"/blocks",
		many(2, (n) => ({
			type: "input",
			block_id: `${n}`,
			label: plain("x"),
			element: { type: "plain_text_input", focus_on_load: true },
		})),
		"modal",
	],
];

function dropUndefined(block: object): object {
	return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));
}

describe("blocks", () => {
	for (const [title, blocks, surface = "message"] of VALID) {
		it(`takes ${title}`, () => {
			expect(validateBlocks(blocks, surface)).toEqual([]);
		});
	}
	for (const [title, pointer, blocks, surface = "message"] of INVALID) {
		it(`refuses ${title}`, () => {
			expect(validateBlocks(blocks, surface).map((problem) => problem.pointer)).toContain(pointer);
		});
	}

	it("knows every block that the SDK's types know", () => {
		const known: Record<KnownBlock["type"], true> = {
			actions: true,
			alert: true,
			card: true,
			carousel: true,
			container: true,
			context: true,
			context_actions: true,
			data_table: true,
			divider: true,
			file: true,
			header: true,
			image: true,
			input: true,
			markdown: true,
			plan: true,
			rich_text: true,
			section: true,
			table: true,
			task_card: true,
			video: true,
		};
		for (const type of Object.keys(known)) {
			const problems = validateBlocks([{ type }], "message");
			expect(problems.map((problem) => problem.message)).not.toContain("unsupported type");
		}
	});
});

describe("views", () => {
	const modal = { type: "modal", title: plain("Title"), blocks: [{ type: "divider" }] };
	const cases: [title: string, pointer: string | null, view: object][] = [
		["a title of 24", null, { ...modal, title: plain(long(24)) }],
		["a title of 25", "/view/title/text", { ...modal, title: plain(long(25)) }],
		["a submit label of 25", "/view/submit/text", { ...modal, submit: plain(long(25)) }],
		["private_metadata of 3001", "/view/private_metadata", { ...modal, private_metadata: long(3001) }],
		[
			"inputs without submit",
			"/view/submit",
			{ ...modal, blocks: [{ type: "input", label: plain("x"), element: { type: "plain_text_input" } }] },
		],
		["a home view as a modal", "/view/type", { type: "home", blocks: [] }],
		["an unknown key", "/view", { ...modal, size: "large" }],
		["a wrong block", "/view/blocks/0/type", { ...modal, blocks: [{ type: "marquee" }] }],
	];
	for (const [title, pointer, view] of cases) {
		it(`${pointer === null ? "takes" : "refuses"} ${title}`, () => {
			const check = validateView(view, "modal");
			if (pointer === null) expect(check.outcome).toBe("valid");
			else expect(check).toMatchObject({ outcome: "invalid", problems: [{ pointer }] });
		});
	}

	it("refuses more than 250 kB", () => {
		const blocks = many(100, (n) => section({ block_id: `${n}`, text: mrkdwn(long(3000)) }));
		expect(validateView({ ...modal, blocks }, "modal").outcome).toBe("too_large");
	});
});
