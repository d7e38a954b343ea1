import { describe, expect, test } from "vitest";
import { withCareLine } from "../../src/slack/blocks/care-line.ts";
import { boundSaid } from "../../src/slack/context/bound-said.ts";
import { decideFiles } from "../../src/slack/context/decide-files.ts";
import { findMessageLinks } from "../../src/slack/context/links.ts";
import { messageToText } from "../../src/slack/context/message-text.ts";
import { slackMessage } from "../../src/slack/context/slack-message.ts";
import { toQuoted, toSaid } from "../../src/slack/context/to-said.ts";
import type { SlackPerson } from "../../src/slack/web-api/directory.ts";

const person = (
	userId: string,
	name: string,
	kind: SlackPerson["kind"] = "member",
): [string, SlackPerson] => [userId, { userId, name, kind, email: null, role: "member" }];
const people = new Map([person("U1", "Mia Berg"), person("U2", "Ivan Petrov", "external")]);
const names = { botUserId: "UBOT", users: new Map([...people].map(([id, { name }]) => [id, name])) };
const voices = { names, people };
const message = (fields: object) => slackMessage.parse({ ts: "1.000000", ...fields });

describe("an alert as plain text", () => {
	test("of Sentry: title with its link, culprit, tags, the button that leads there", () => {
		const alert = message({
			bot_id: "B1",
			username: "Sentry",
			text: "",
			attachments: [
				{
					color: "E03E2F",
					fallback: "[shop] TypeError: price is undefined",
					blocks: [
						{
							type: "section",
							text: {
								type: "mrkdwn",
								text: "<https://acme.sentry.io/issues/1|*TypeError: price is undefined*>",
							},
						},
						{ type: "context", elements: [{ type: "mrkdwn", text: "`src/cart.ts` in *cartTotal*" }] },
						{
							type: "section",
							fields: [
								{ type: "mrkdwn", text: "environment: `production`" },
								{ type: "mrkdwn", text: "release: `1.4.2`" },
							],
						},
						{
							type: "actions",
							elements: [
								{ type: "button", text: { type: "plain_text", text: "Resolve" }, value: "x", action_id: "r" },
								{
									type: "button",
									text: { type: "plain_text", text: "Open" },
									url: "https://acme.sentry.io/issues/1",
									action_id: "o",
								},
							],
						},
					],
				},
			],
		});
		expect(toSaid(alert, voices)).toEqual({
			author: "Sentry",
			by: "app",
			text: [
				"*TypeError: price is undefined* (https://acme.sentry.io/issues/1)",
				"`src/cart.ts` in *cartTotal*",
				"environment: `production`",
				"release: `1.4.2`",
				"Open: https://acme.sentry.io/issues/1",
			].join("\n"),
		});
	});

	test("of Datadog: title, text and fields of the attachment", () => {
		const alert = message({
			bot_id: "B2",
			bot_profile: { name: "Datadog" },
			attachments: [
				{
					title: "[Triggered] p95 latency of checkout &gt; 2s",
					title_link: "https://app.datadoghq.com/monitors/1",
					text: "The monitor was triggered. @here",
					fields: [
						{ title: "Metric value", value: "2.71" },
						{ title: "Tags", value: "service:checkout" },
					],
					footer: "Datadog",
				},
			],
		});
		expect(toSaid(alert, voices)).toEqual({
			author: "Datadog",
			by: "app",
			text: "[Triggered] p95 latency of checkout > 2s (https://app.datadoghq.com/monitors/1)\nThe monitor was triggered. @here\nMetric value: 2.71\nTags: service:checkout\nDatadog",
		});
	});

	test("of PagerDuty: what its blocks say counts, not the notification's text", () => {
		const alert = message({
			bot_id: "B3",
			username: "PagerDuty",
			text: "Incident #42 triggered",
			blocks: [
				{ type: "header", text: { type: "plain_text", text: "Incident #42: disk full" } },
				{ type: "section", text: { type: "mrkdwn", text: "Assigned to <@U1>" } },
				{ type: "image", image_url: "https://x/y.png", alt_text: "disk usage" },
				{ type: "something_new", elements: [{ type: "plain_text", text: "Severity: high" }] },
			],
		});
		expect(toSaid(alert, voices)?.text).toBe(
			"Incident #42: disk full\nAssigned to @Mia Berg\n[image: disk usage]\nSeverity: high",
		);
	});

	test("with nothing but a fallback: the fallback", () => {
		expect(messageToText(message({ bot_id: "B1", attachments: [{ fallback: "it broke" }] }), names)).toBe(
			"it broke",
		);
	});
});

test("rich text without text keeps lists, code, links and names", () => {
	const said = messageToText(
		message({
			blocks: [
				{
					type: "rich_text",
					elements: [
						{
							type: "rich_text_section",
							elements: [
								{ type: "user", user_id: "U1" },
								{ type: "text", text: " see " },
								{ type: "link", url: "https://x.example", text: "this" },
							],
						},
						{
							type: "rich_text_list",
							elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }],
						},
						{ type: "rich_text_preformatted", elements: [{ type: "text", text: "a\n  b" }] },
						{ type: "rich_text_quote", elements: [{ type: "text", text: "said" }] },
					],
				},
			],
		}),
		names,
	);
	expect(said).toBe("@Mia Berg see this (https://x.example)\n• one\na\n  b\n> said");
});

test("a person's message is its text once, and who is from elsewhere is marked", () => {
	const said = toSaid(
		message({
			user: "U2",
			text: "see <@U1>",
			blocks: [
				{
					type: "rich_text",
					elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "see" }] }],
				},
			],
		}),
		voices,
	);
	expect(said).toEqual({ author: "Ivan Petrov", text: "see @Mia Berg", by: "outside" });
});

test("a forwarded message comes with whose it is and from where, once", () => {
	const forwarding = message({
		user: "U1",
		text: "@bobbin fix this",
		attachments: [
			{
				is_share: true,
				author_id: "U2",
				author_name: "Ivan",
				channel_name: "alerts",
				text: "the total is wrong",
				message_blocks: [
					{
						message: {
							blocks: [
								{
									type: "rich_text",
									elements: [
										{ type: "rich_text_section", elements: [{ type: "text", text: "the total is *wrong*" }] },
									],
								},
							],
						},
					},
				],
				footer: "Posted in #alerts",
			},
		],
	});
	expect(toQuoted(forwarding, voices)).toEqual([
		{ author: "Ivan Petrov", text: "the total is *wrong*", by: "outside", place: "#alerts" },
	]);
	expect(messageToText(forwarding, names)).toBe("@bobbin fix this");
});

describe("links to messages", () => {
	const url = "https://acme.slack.com/";
	const link = "https://acme.slack.com/archives/C0SHOP001/p1712000000123456";
	test.each([
		["alone", link, 1],
		["with its thread", `${link}?thread_ts=1712000000.000001&cid=C0SHOP001`, 1],
		["in plain text's form", `see this (${link}), and ${link}`, 1],
		["of another workspace", link.replace("acme", "globex"), 0],
		["of a host that only begins alike", link.replace("acme.slack.com", "acme.slack.com.evil.example"), 0],
		["without a message", "https://acme.slack.com/archives/C0SHOP001", 0],
	])("%s", (_how, text, count) => {
		const found = findMessageLinks(text, url);
		expect(found).toHaveLength(count);
		if (count > 0) expect(found).toEqual([{ channelId: "C0SHOP001", ts: "1712000000.123456" }]);
	});
	test("at most five", () => {
		const many = Array.from({ length: 9 }, (_, n) => link.replace("123456", `12345${n}`)).join(" ");
		expect(findMessageLinks(many, url)).toHaveLength(5);
	});
});

describe("files", () => {
	const file = {
		id: "F1",
		name: "trace.log",
		mimetype: "text/plain",
		size: 9,
		url_private: "https://files.slack.com/f",
	};
	test.each([
		["a text", {}, undefined],
		["an image", { name: "a.png", mimetype: "image/png" }, undefined],
		["a snippet", { mode: "snippet" }, undefined],
		[
			"one of a shared channel, to be asked for",
			{ file_access: "check_file_info", url_private: undefined, size: undefined },
			undefined,
		],
		["one that lies elsewhere", { mode: "external" }, "it does not lie at Slack"],
		["a deleted one", { mode: "tombstone" }, "it was deleted"],
		["one that Slack hides", { mode: "hidden_by_limit" }, "Slack hides it for its age"],
		["a canvas", { mode: "quip" }, "I cannot read canvases; paste the text"],
		["one without access", { file_access: "access_denied" }, "Slack does not show it to me"],
		["a video", { name: "a.mp4", mimetype: "video/mp4" }, "I cannot listen or watch"],
		["a program", { name: "setup.EXE", mimetype: "application/octet-stream" }, "I take no programs"],
		["a large one", { size: 30_000_000 }, "it is larger than 20 MB"],
	])("%s", (_what, change, why) => {
		expect(decideFiles([{ ...file, ...change }])[0]?.leftOut).toBe(why);
	});
	test("the eleventh, and what is too much together, stay away", () => {
		const files = decideFiles(Array.from({ length: 11 }, (_, n) => ({ ...file, id: `F${n}` })));
		expect(files.map(({ leftOut }) => leftOut !== undefined)).toEqual([...Array(10).fill(false), true]);
		const large = decideFiles(
			Array.from({ length: 3 }, (_, n) => ({ ...file, id: `F${n}`, size: 19_000_000 })),
		);
		expect(large.map(({ leftOut }) => leftOut)).toEqual([
			undefined,
			undefined,
			"together they are larger than 50 MB",
		]);
	});
});

test("of a long thread the first message stays and as many of the last as there is room for", () => {
	const said = Array.from({ length: 30 }, (_, n) => ({ author: "Mia", text: `${n}`.padEnd(4_000) }));
	const bounded = boundSaid(said);
	expect(bounded.said.map(({ text }) => text.trim())).toEqual([
		"0",
		"21",
		"22",
		"23",
		"24",
		"25",
		"26",
		"27",
		"28",
		"29",
	]);
	expect(bounded.leftOut).toBe(20);
});

describe("the line below a status", () => {
	const status = { text: "Working", blocks: [] };
	const words = (care: Parameters<typeof withCareLine>[0]) =>
		withCareLine(care, status).blocks.map((block) => JSON.stringify(block));

	test("is not there where nothing was taken out", () => {
		expect(withCareLine({ masked: null, leftOut: [] }, status)).toBe(status);
	});
	test("says how many secrets of what kind, and what to do", () => {
		const [line] = words({ masked: { count: 3, kinds: ["AWS key", "password"] }, leftOut: [] });
		expect(line).toContain("I masked 3 secrets (AWS key, password) before the agent saw them.");
		expect(line).toContain("rotate them, and delete the message");
	});
	test("names files without letting their names be markup, and no more than five", () => {
		const leftOut = Array.from({ length: 7 }, (_, n) => ({
			name: `<!channel> *${n}*`,
			why: "it was deleted",
		}));
		const [line = ""] = words({ masked: null, leftOut });
		expect(line).not.toContain("<!channel>");
		expect(line).toContain("&lt;!");
		expect(line).toContain("2 more.");
	});
});
