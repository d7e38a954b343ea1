import { describe, expect, test } from "vitest";
import type { LoggedEvent, SessionEvent } from "../../src/contract/event.ts";
import type { Verbosity } from "../../src/contract/settings.ts";
import type { PromptView, QuestionView, SessionView } from "../../src/sessions/session-view.ts";
import { emptyProgress, foldProgress } from "../../src/slack/showing/fold-progress.ts";
import { decideThread } from "../../src/slack/showing/thread-view.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const PROMPT = "0b9f3c1e-0000-4000-8000-000000000002";

describe("what a thread shows", () => {
	const shown = (change: {
		prompt?: Partial<PromptView>;
		session?: Partial<SessionView>;
		verbosity?: Verbosity;
		events?: SessionEvent[];
		shownKeys?: string[];
		atMs?: number;
	}) => {
		const prompt = {
			...{ id: PROMPT, number: 1, status: "running", text: "fix it", author: null, held: null, position: 1 },
			...{ origin: { kind: "api" }, answer: null, answerPlace: "thread", problem: null, costUsd: 0 },
			...{
				startup: null,
				moves: 0,
				repository: null,
				masked: null,
				leftOut: [],
				createdAt: new Date(NOW),
				startedAt: new Date(NOW),
				finishedAt: null,
			},
			...change.prompt,
		} as PromptView;
		const session = {
			...{ id: "0b9f3c1e-0000-4000-8000-000000000001", status: "ready", title: "fix it" },
			...{ repository: null, routing: null, movingTo: null, moves: [], askReason: null, candidates: [] },
			...{
				attempts: null,
				threads: [],
				prompts: [prompt],
				pullRequests: [],
				openings: [],
				checks: [],
				questions: [],
			},
			...{ savedBranch: null, notes: [], lastSeq: 1 },
			...change.session,
		} as unknown as SessionView;
		const logged = (change.events ?? []).map(
			(event, index) =>
				({ ...event, sessionId: session.id, seq: index, at: new Date(NOW).toISOString() }) as LoggedEvent,
		);
		return decideThread({
			session,
			progress: logged.reduce(foldProgress, emptyProgress(PROMPT)),
			shownKeys: new Set(change.shownKeys ?? []),
			nowMs: change.atMs ?? NOW,
			verbosityOf: () => change.verbosity ?? "normal",
		}).flatMap((wanted) =>
			wanted.kind === "message" ? [{ key: wanted.key.split(":")[0], words: JSON.stringify(wanted) }] : [],
		);
	};
	const started = (title: string): SessionEvent => ({
		type: "tool.started",
		data: { promptId: PROMPT, callId: title, tool: "bash", title, input: {} },
	});
	const finished = (title: string, outcome: "done" | "failed"): SessionEvent => ({
		type: "tool.finished",
		data: {
			...{ promptId: PROMPT, callId: title, tool: "bash", title },
			...{ outcome, output: "", durationMs: 12_000 },
		},
	});
	const QUESTION: QuestionView = {
		id: "0b9f3c1e-0000-4000-8000-000000000009",
		promptId: PROMPT,
		group: "que_1",
		text: "Cents or euros?",
		options: [
			{ label: "Cents", description: "" },
			{ label: "Euros", description: "" },
		],
		multiple: false,
		askedAt: new Date(NOW),
		answer: null,
		isOpen: true,
	};
	const keys = (messages: { key: string | undefined }[]) => messages.map(({ key }) => key);

	test.each<[string, Parameters<typeof shown>[0], string[]]>([
		["at work", {}, []],
		["done", { prompt: { status: "done", answer: "Done." } }, ["answer"]],
		["done without a word", { prompt: { status: "done", answer: "" } }, ["status"]],
		["failed", { prompt: { status: "failed" } }, ["status"]],
		["stopped", { prompt: { status: "stopped" } }, ["status"]],
		["waiting for an account", { prompt: { status: "queued", held: "link" } }, ["status"]],
		["in line", { prompt: { status: "queued", position: 3 } }, []],
		["asking", { session: { questions: [QUESTION] } }, ["question"]],
		["at work, with a status from before", { shownKeys: [`status:${PROMPT}`] }, ["status"]],
	])("quiet: %s", (_, change, expected) => {
		expect(keys(shown({ ...change, verbosity: "quiet" }))).toEqual(expected);
	});

	test("verbose lists the last steps with their results, the usual one only what goes on", () => {
		const events = [
			...["a", "b", "c", "d", "e", "f", "g", "h"].flatMap((name) => [started(name), finished(name, "done")]),
			...[started("Run npm test"), finished("Run npm test", "failed"), started("Edit cart.ts")],
		];
		const [verbose] = shown({ events, verbosity: "verbose" });
		expect(verbose?.words).toContain("✓ h · 12 s\\n✗ Run npm test · failed · 12 s");
		expect(verbose?.words).not.toContain("✓ a ·");
		expect(verbose?.words).toContain("▸ Edit cart.ts");
		const [usual] = shown({ events });
		expect(usual?.words).toContain("▸ Edit cart.ts");
		expect(usual?.words).not.toContain("✓ h");
	});

	test.each([
		["a tool", [started("Run npm test")], "▸ Run npm test · since <!date^"],
		["the model", [started("x"), finished("x", "done")], "▸ Waiting for the model · since <!date^"],
	])("what takes longer than half a minute is said with its beginning: %s", (_, events, words) => {
		expect(shown({ events, atMs: NOW + 29_000 })[0]?.words).not.toContain("since");
		expect(shown({ events, atMs: NOW + 45_000 })[0]?.words).toContain(words);
	});

	test("the status says which answer is waited for, and since when", () => {
		const [status, question] = shown({ session: { questions: [QUESTION] } });
		expect(status?.words).toContain("Waiting for your answer* to the question below · since <!date^");
		expect(question?.words).toMatch(/Cents.*Euros.*Something else…/);
	});

	test("what is asked together is one message, one question after the other", () => {
		const answer = { chosen: ["Cents"], by: "Mia" };
		const first = { ...QUESTION, answer, isOpen: false };
		const second = { ...QUESTION, id: QUESTION.id.replace(/9$/, "8"), text: "Where?", multiple: true };
		const messages = shown({ session: { questions: [first, second] } });
		expect(keys(messages)).toEqual(["status", "question"]);
		expect(messages[1]?.words).toMatch(/Mia: \*Cents\*.*Where\?.*Choose…/);
		expect(messages[1]?.words).not.toContain("answer_question_0");
	});
});
