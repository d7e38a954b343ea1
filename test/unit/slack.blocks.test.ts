import { describe, expect, test } from "vitest";
import type { LoggedEvent, SessionEvent } from "../../src/contract/event.ts";
import { validateBlocks } from "../../src/playground/slack/block-kit/validate-blocks.ts";
import type {
	OpeningView,
	PromptView,
	PullRequestView,
	SessionView,
} from "../../src/sessions/session-view.ts";
import { noRepositoryOption, repositoryOption } from "../../src/slack/blocks/ask-message.ts";
import { draftWishBlocks } from "../../src/slack/home/draft-wish.ts";
import { FIRST_STATE } from "../../src/slack/home/home-state.ts";
import { homeView } from "../../src/slack/home/home-view.ts";
import { emptyProgress, foldProgress, type ProgressState } from "../../src/slack/showing/fold-progress.ts";
import { decideThread, type Wanted } from "../../src/slack/showing/thread-view.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const SESSION = "0b9f3c1e-0000-4000-8000-000000000001";
const PROMPT = "0b9f3c1e-0000-4000-8000-000000000002";
const HOSTILE = `<!channel> *x* \`y\` <https://evil|z> & ${"𝕬".repeat(200)} اختبار @here \n`.repeat(20);

const prompt = (change: Partial<PromptView> = {}): PromptView => ({
	id: PROMPT,
	number: 1,
	status: "queued",
	text: "fix it",
	author: null,
	origin: { kind: "slack", teamId: "T1", channelId: "C1", messageTs: "1.1" },
	held: null,
	repository: "acme/web-shop",
	position: 1,
	attempt: 1,
	answer: null,
	answerPlace: "thread",
	problem: null,
	costUsd: 0,
	masked: null,
	leftOut: [],
	startup: null,
	withdrawn: null,
	editedText: null,
	createdAt: new Date(NOW),
	startedAt: null,
	finishedAt: null,
	...change,
});

const session = (change: Partial<SessionView> = {}): SessionView => ({
	id: SESSION,
	status: "ready",
	title: "fix it",
	repository: { id: SESSION, fullName: "acme/web-shop", sizeKib: null },
	routing: { how: "model", reason: "names the cart", confidence: 0.9 },
	movingTo: null,
	moves: [],
	askReason: null,
	candidates: [],
	threads: [{ teamId: "T1", channelId: "C1", threadTs: "1.1" }],
	prompts: [prompt()],
	pullRequests: [],
	openings: [],
	checks: [],
	attempts: null,
	questions: [],
	savedBranch: null,
	notes: [],
	lastSeq: 7,
	...change,
});

const opening = (change: Partial<OpeningView> = {}): OpeningView => ({
	id: PROMPT,
	promptId: PROMPT,
	repository: "acme/web-shop",
	title: "Round the cart total",
	branch: "bobbin/0b9f3c1e-fix-it",
	base: "main",
	waitsFor: { personId: PROMPT, name: "Omar <!channel>" },
	problem: null,
	...change,
});

const pullRequest = (change: Partial<PullRequestView> = {}): PullRequestView => ({
	id: PROMPT,
	promptId: PROMPT,
	repository: "acme/web-shop",
	number: 12,
	url: "http://127.0.0.1:3000/playground/github/acme/web-shop/pull/12",
	title: "Round the cart total",
	branch: "bobbin/0b9f3c1e-fix-it",
	base: "main",
	state: "open",
	additions: 10,
	deletions: 2,
	draft: false,
	mergedBy: null,
	approvedBy: [],
	isIndependent: null,
	changesRequestedBy: [],
	checks: null,
	failingChecks: [],
	...change,
});

const github = {
	...{ kind: "github" as const, owner: "acme", name: "web-shop", number: 12 },
	...{ comment: "review" as const, commentId: 7, url: "http://127.0.0.1:3000/x?a=1&b=2|c" },
};
const asked = { origin: github, answerPlace: "github" as const };
const hostileAuthor = { personId: PROMPT, name: HOSTILE };

const over = { startedAt: new Date(NOW - 130_000), finishedAt: new Date(NOW), costUsd: 0.123 };
const problem = { code: "clone_failed", message: HOSTILE, retryable: true };
const candidates = Array.from({ length: 12 }, (_, index) => ({
	repositoryId: `0b9f3c1e-0000-4000-8000-0000000001${String(index).padStart(2, "0")}`,
	repository: `acme/${HOSTILE}${index}`,
}));
const busyState: ProgressState = {
	...emptyProgress(PROMPT),
	todos: Array.from({ length: 80 }, () => ({ content: HOSTILE, status: "cancelled" as const })),
	tool: { callId: "c", title: HOSTILE },
	files: new Map([["a", { additions: 3, deletions: 1 }]]),
};

const states: [title: string, session: SessionView, progress: ProgressState | null][] = [
	["routing", session({ status: "routing", repository: null, routing: null }), null],
	["asking", session({ status: "asking", repository: null, routing: null, candidates }), null],
	["asking without a guess", session({ status: "asking", repository: null, routing: null }), null],
	["starting", session(), null],
	[
		"queued behind another",
		session({ prompts: [prompt({ status: "running" }), prompt({ id: SESSION, position: 2 })] }),
		null,
	],
	[
		"working, hostile",
		session({
			repository: { id: SESSION, fullName: HOSTILE, sizeKib: null },
			routing: { how: "model", reason: HOSTILE, confidence: 1 },
			prompts: [prompt({ status: "running", position: 0, startedAt: new Date(NOW - 65_000) })],
		}),
		busyState,
	],
	[
		"waiting for the model",
		session({ prompts: [prompt({ status: "running" })] }),
		{ ...busyState, waiting: HOSTILE },
	],
	["done", session({ prompts: [prompt({ status: "done", answer: HOSTILE, ...over })] }), null],
	[
		"done with a pull request",
		session({
			prompts: [prompt({ status: "done", answer: "ok", ...over })],
			pullRequests: [pullRequest({ title: HOSTILE, branch: HOSTILE, repository: HOSTILE })],
		}),
		null,
	],
	[
		"a pull request without a web address",
		session({ pullRequests: [pullRequest({ url: "javascript:x" })] }),
		null,
	],
	[
		"a pull request about which much was said",
		session({
			pullRequests: [
				pullRequest({
					approvedBy: [HOSTILE],
					changesRequestedBy: [HOSTILE],
					checks: "failing",
					failingChecks: Array.from({ length: 30 }, () => HOSTILE),
				}),
			],
		}),
		null,
	],
	[
		"a pull request that somebody merged",
		session({ pullRequests: [pullRequest({ state: "merged", mergedBy: HOSTILE })] }),
		null,
	],
	["failed", session({ prompts: [prompt({ status: "failed", problem, ...over })] }), null],
	["failed before it began", session({ prompts: [prompt({ status: "failed" })] }), null],
	["stopped", session({ prompts: [prompt({ status: "stopped", ...over })] }), null],
	["cancelled", session({ prompts: [prompt({ status: "cancelled" })] }), null],
	["a pull request that waits for an account", session({ openings: [opening({ title: HOSTILE })] }), null],
	[
		"a pull request that was refused",
		session({ openings: [opening({ waitsFor: null, problem: { ...problem, message: HOSTILE } })] }),
		null,
	],
	[
		"asked at GitHub",
		session({
			prompts: [prompt({ ...asked, text: HOSTILE, author: hostileAuthor, status: "running" })],
		}),
		busyState,
	],
	[
		"asked at GitHub and answered",
		session({ prompts: [prompt({ ...asked, status: "done", answer: HOSTILE, ...over })] }),
		null,
	],
	["with work on a branch", session({ savedBranch: "bobbin/wip/0b9f3c1e" }), null],
];

function messagesOf(view: SessionView, progress: ProgressState | null, shownKeys: string[] = []) {
	return decideThread({ session: view, progress, shownKeys: new Set(shownKeys), nowMs: NOW }).filter(
		(wanted): wanted is Extract<Wanted, { kind: "message" }> => wanted.kind === "message",
	);
}

describe("every message that a thread can show", () => {
	test.each(states)("%s: valid, with a text, and without any ping", (_, view, progress) => {
		for (const { key, message } of messagesOf(view, progress, ["ask"])) {
			expect(validateBlocks(message.blocks, "message")).toEqual([]);
			expect(message.text.trim()).not.toBe("");
			expect(message.text.length).toBeLessThanOrEqual(4_000);
			// Plain text of buttons and options is never read as markup.
			const marked = JSON.stringify([
				message.text,
				...message.blocks.flatMap((block) =>
					block.type === "section" ? [block.text] : block.type === "context" ? block.elements : [],
				),
			]);
			expect(/<[!@#]|@here/.test(marked)).toBe(false);
			// Only an answer may hold links of the agent's own.
			if (!key.startsWith("answer:")) expect(marked.includes("<https://evil")).toBe(false);
		}
	});

	test("App Home and the options of the select are valid", () => {
		expect(validateBlocks(homeView(FIRST_STATE, draftWishBlocks(false)).blocks, "home")).toEqual([]);
		const options = [
			repositoryOption({ ...candidates[0], description: HOSTILE } as never),
			noRepositoryOption,
		];
		const select = { type: "static_select", action_id: "a", options };
		expect(validateBlocks([{ type: "actions", elements: [select] }], "message")).toEqual([]);
	});
});

describe("what a thread shows", () => {
	test("the answer and the pull request stand before the folded status", () => {
		const view = session({
			prompts: [prompt({ status: "done", answer: "ok", ...over })],
			pullRequests: [pullRequest()],
		});
		const keys = decideThread({ session: view, progress: null, shownKeys: new Set(), nowMs: NOW }).map(
			({ key }) => key.split(":")[0],
		);
		expect(keys).toEqual(["answer", "pull-request", "status", "reaction"]);
	});

	test.each<[Partial<PullRequestView>, string[]]>([
		[{}, ["🟢 Open"]],
		[{ draft: true }, ["📝 Draft"]],
		[{ approvedBy: ["noah", "omar"], isIndependent: true }, ["🟢 Open", "✅ Approved by noah, omar"]],
		[
			{ approvedBy: ["noah"], isIndependent: false },
			[
				"🟢 Open",
				"✅ Approved by noah",
				"👥 Needs an approval by somebody with write access who did not prompt",
			],
		],
		[{ isIndependent: false }, ["🟢 Open"]],
		[
			{ changesRequestedBy: ["noah"], checks: "pending" },
			["🟢 Open", "🔁 Changes wanted by noah", "⏳ Checks run"],
		],
		[{ checks: "passing" }, ["🟢 Open", "✔️ Checks pass"]],
		[{ checks: "failing", failingChecks: ["test", "lint"] }, ["🟢 Open", "❌ Checks fail: test, lint"]],
		[{ state: "merged", mergedBy: "noah", checks: "failing", failingChecks: ["x"] }, ["🟣 Merged by noah"]],
		[{ state: "closed" }, ["⚪ Closed"]],
	])("the card of a pull request %j says %j", (change, words) => {
		const [card] = messagesOf(
			session({ prompts: [], pullRequests: [pullRequest({ promptId: null, ...change })] }),
			null,
		);
		const lines = (card?.message.blocks ?? []).flatMap((block) =>
			block.type === "context"
				? block.elements.map((element) => ("text" in element ? element.text : ""))
				: [],
		);
		const said = lines.flatMap((line) => line.split(" · ")).filter((part) => /^[^\w`+]/u.test(part));
		expect(said).toEqual(words);
	});

	test("a pull request's end is one line, which a reopening edits", () => {
		const lines = (state: PullRequestView["state"], shown: string[]) =>
			messagesOf(
				session({ prompts: [], pullRequests: [pullRequest({ promptId: null, state })] }),
				null,
				shown,
			).map(({ key, message }) => [key.split(":")[0], message.text.replace(/<[^|]*\|([^>]*)>/, "$1")]);
		expect(lines("open", [])).toHaveLength(1);
		expect(lines("merged", [])[1]).toEqual([
			"pull-request-end",
			"🟣 #12 was merged. Reply here if there is more to do.",
		]);
		const end = [`pull-request-end:${PROMPT}`];
		expect(lines("closed", end)[1]?.[1]).toContain("was closed and not merged");
		expect(lines("open", end)[1]).toEqual(["pull-request-end", "🟢 #12 was reopened."]);
	});

	test("what was asked at GitHub is one message that says where, and its answer is here only if it cannot be there", () => {
		const shown = (answerPlace: PromptView["answerPlace"]) => {
			const one = prompt({ ...asked, answerPlace, status: "done", answer: "ok", ...over });
			return messagesOf(session({ prompts: [one] }), null).map(
				({ key, message }) => [key.split(":")[0], message.text] as const,
			);
		};
		expect(shown("github")).toEqual([
			["status", expect.stringMatching(/^💬 .* asked at <http[^|>]*\|#12> and is answered there: “/)],
		]);
		expect(shown("thread")).toEqual([
			["answer", "ok"],
			["status", expect.stringMatching(/#12>, where GitHub takes no answer of mine: “/)],
		]);
	});

	test("a status at work has a Stop button, a waiting one a Cancel button, a failed one a Retry button", () => {
		const actions = (status: PromptView["status"]) =>
			JSON.stringify(messagesOf(session({ prompts: [prompt({ status })] }), null)[0]?.message.blocks);
		expect(actions("running")).toContain("stop_session");
		expect(actions("queued")).toContain("cancel_prompt");
		expect(actions("failed")).toContain("retry_prompt");
		expect(actions("done")).toContain("wrong_repository");
	});

	test("what is over says where its sandbox came from and how soon the model was asked", () => {
		const startup = {
			totalMs: 60_310,
			sandbox: "warm" as const,
			steps: [{ step: "queue", startMs: 0, durationMs: 60_000 }],
		};
		const folded = (change: Partial<PromptView>) =>
			messagesOf(session({ prompts: [prompt({ ...over, ...change })] }), null)[0]?.message.text;
		expect(folded({ status: "done", startup })).toContain("Warm sandbox · 0.3 s to the model");
		expect(folded({ status: "done", startup: { ...startup, totalMs: 75_000, sandbox: "image" } })).toContain(
			"New sandbox from image · 15 s to the model",
		);
		expect(folded({ status: "done" })).not.toContain("sandbox");
	});

	test("a second more alone is no change, fifteen are", () => {
		const view = session({ prompts: [prompt({ status: "running", startedAt: new Date(NOW - 61_000) })] });
		const hashAt = (nowMs: number) =>
			decideThread({ session: view, progress: null, shownKeys: new Set(), nowMs })[0]?.hash;
		expect(hashAt(NOW + 1_000)).toBe(hashAt(NOW));
		expect(hashAt(NOW + 15_000)).not.toBe(hashAt(NOW));
	});

	test("a branch with saved work is told in one line that stays the same", () => {
		const lines = (change: Partial<SessionView>) =>
			messagesOf(session({ savedBranch: "bobbin/wip/0b9f3c1e", ...change }), null).filter(
				({ key }) => key === "saved-work",
			);
		expect(lines({})).toEqual(lines({ lastSeq: 99, prompts: [prompt({ status: "done" })] }));
		expect(lines({}).map(({ message }) => message.text)).toEqual([
			expect.stringContaining("`bobbin/wip/0b9f3c1e`"),
		]);
		expect(lines({ savedBranch: null })).toEqual([]);
	});

	test("the question stays, folded, once it is answered", () => {
		const asked = messagesOf(session(), null, ["ask"]).find(({ key }) => key === "ask");
		expect(JSON.stringify(asked?.message.blocks)).toContain("acme/web-shop");
		expect(JSON.stringify(asked?.message.blocks)).not.toContain("external_select");
		expect(messagesOf(session(), null).some(({ key }) => key === "ask")).toBe(false);
	});
});

describe("progress", () => {
	const fold = (...events: SessionEvent[]) =>
		events
			.map(
				(event, index): LoggedEvent => ({
					...event,
					sessionId: SESSION,
					seq: index + 1,
					at: new Date(NOW).toISOString(),
				}),
			)
			.reduce(foldProgress, emptyProgress(PROMPT));
	const started: SessionEvent = { type: "prompt.started", data: { promptId: PROMPT, attempt: 1 } };
	const tool: SessionEvent = {
		type: "tool.started",
		data: { promptId: PROMPT, callId: "c1", tool: "bash", title: "Run npm test", input: {} },
	};
	const changed = (path: string): SessionEvent => ({
		type: "file.changed",
		data: { promptId: PROMPT, file: { path, change: "changed", additions: 2, deletions: 1, diff: null } },
	});

	test("shows the tool at work and forgets it when it ends", () => {
		expect(fold(started, tool).tool?.title).toBe("Run npm test");
		const finished: SessionEvent = {
			type: "tool.finished",
			data: {
				promptId: PROMPT,
				callId: "c1",
				tool: "bash",
				title: "",
				outcome: "done",
				output: "",
				durationMs: 1,
			},
		};
		expect(fold(started, tool, finished).tool).toBeNull();
	});

	test("adds up lines by file and begins anew with each attempt", () => {
		expect(fold(started, changed("a"), changed("a"), changed("b")).files.get("a")).toEqual({
			additions: 4,
			deletions: 2,
		});
		expect(fold(started, changed("a"), started).files.size).toBe(0);
	});

	test("other prompts' events and text pieces change nothing", () => {
		const before = fold(started, tool);
		const delta: LoggedEvent = {
			type: "text.delta",
			data: { promptId: PROMPT, partId: "p", text: "hi" },
			sessionId: SESSION,
			seq: 9,
			at: new Date(NOW).toISOString(),
		};
		expect(foldProgress(before, delta)).toBe(before);
		expect(
			foldProgress(before, { ...delta, ...tool, data: { ...tool.data, promptId: SESSION } } as LoggedEvent),
		).toBe(before);
	});
});

describe("in a thread in which several asked", () => {
	const at = (second: number) => new Date(NOW + second * 1_000);
	const done = {
		status: "done" as const,
		position: 0,
		answer: "It is done.",
		startedAt: at(1),
		finishedAt: at(60),
	};
	const first = prompt({ ...done, author: { personId: "1", name: "Mia" }, text: "fix the *cart*" });
	const shown = (prompts: PromptView[]) =>
		decideThread({ session: session({ prompts }), progress: null, shownKeys: new Set(), nowMs: NOW }).flatMap(
			(one) =>
				one.kind === "message"
					? [[one.key, one.message.text, JSON.stringify(one.message.blocks)] as const]
					: [],
		);

	test("an answer says what it answers, if more was asked meanwhile", () => {
		const answerOf = (prompts: PromptView[]) =>
			shown(prompts).find(([key]) => key.startsWith("answer:"))?.[1];
		const later = (second: number) => prompt({ id: SESSION, number: 2, createdAt: at(second) });
		expect(answerOf([first])).toBe("It is done.");
		expect(answerOf([first, later(61)])).toBe("It is done.");
		expect(answerOf([first, later(30)])).toBe(
			"Mia asked: “fix the \u200b*\u200bcart\u200b*\u200b”\nIt is done.",
		);
	});

	test("what was stopped says by whom, and offers to be tried again until somebody went on", () => {
		const stopped = prompt({ ...done, status: "stopped", answer: null, stoppedBy: "Omar" });
		const [only] = shown([stopped]);
		expect(only?.[1]).toMatch(/^⏹ Stopped by Omar · .* what was done is kept; reply here to go on$/);
		expect(only?.[2]).toContain("retry_prompt");
		const next = prompt({ id: SESSION, number: 2, status: "running", startedAt: at(70), createdAt: at(65) });
		const [passed] = shown([stopped, next]);
		expect(passed?.[1]).toMatch(/what was done is kept$/);
		expect(passed?.[2]).not.toContain("retry_prompt");
	});
});
