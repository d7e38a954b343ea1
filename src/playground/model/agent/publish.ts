import type { Conversation, Turn } from "./conversation.ts";
import type { Script, ToolOutcome } from "./replay.ts";
import { bash, plan, quote, showOutput, step } from "./tools.ts";

const PUSH_TRIES = 4;
const PUSH_PAUSE_S = 3;
/** What git says of connections, not of refusals: those come with a status below 500. */
const CUT_OFF =
	/RPC failed; curl|Failed to connect|Could not connect|Empty reply|Connection reset|(HTTP|error:) 50[234]\b/;

export interface PullRequest {
	number: string | null;
	url: string | null;
	/** What was said of one that is opened later. */
	later: string | null;
}

export interface Publication {
	branch: string;
	/** Relative to the checkout. */
	files: string[];
	/** Of the commit and of the pull request; a conventional one. */
	title: string;
	body: string;
	todos: string[];
}

export type Published =
	| { outcome: "published"; pullRequest: PullRequest; isNew: boolean }
	| { outcome: "failed"; answer: string };

interface Publisher {
	conversation: Conversation;
	progress: { pullRequest: PullRequest | null };
}

/** Commits, pushes, and opens the pull request unless this conversation already has one. Stops at the first refusal. */
export function* publish(job: Publisher, work: Publication): Script<Published> {
	const files = work.files.map(quote).join(" ");
	const [committed] = yield* step(
		"I commit the change.",
		bash(`git add -- ${files} && git commit -m ${quote(work.title)}`),
		plan(work.todos, work.todos.length - 1),
	);
	const text = committed?.text ?? "";
	if (!/^\[.+ [0-9a-f]{7,}\]/m.test(text) && !/nothing (added )?to commit/.test(text)) {
		return {
			outcome: "failed",
			answer: `The change is made, but \`git commit\` failed:\n\n${showOutput(text)}`,
		};
	}
	const pushed = yield* push();
	if (!pushed || isRefusal(pushed)) {
		return {
			outcome: "failed",
			answer: `The change is committed in the sandbox, but the push was refused, so there is no pull request yet:\n\n${showOutput(pushed?.text ?? "")}`,
		};
	}
	const existing = job.progress.pullRequest;
	if (existing?.later === null) {
		yield* step("", plan(work.todos, work.todos.length));
		return { outcome: "published", pullRequest: existing, isNew: false };
	}
	const tool = findOpenTool(job.conversation.tools);
	const call = (body: string) => ({ name: tool, input: { branch: work.branch, title: work.title, body } });
	const [asked] = yield* step("Now the pull request.", call(work.body), plan(work.todos, work.todos.length));
	const headings = findTemplateHeadings(asked?.text ?? "");
	const filled = [...headings.map((heading) => `${heading}\n\nSee below.`), work.body].join("\n\n");
	const [opened] =
		headings.length === 0
			? [asked]
			: yield* step("The repository has a template, which I fill in.", call(filled));
	if (!opened || opened.isError) {
		return {
			outcome: "failed",
			answer: `The branch \`${work.branch}\` is pushed, but the pull request could not be opened:\n\n${showOutput(opened?.text ?? "")}`,
		};
	}
	job.progress.pullRequest = toPullRequest(opened.text);
	return { outcome: "published", pullRequest: job.progress.pullRequest, isNew: true };
}

/** Publishes, and gives the answer: what came of that above what was done. */
export function* publishReport(job: Publisher, work: Publication): Script<string> {
	const published = yield* publish(job, work);
	const said = published.outcome === "failed" ? published.answer : describePublished(published);
	return `${said}\n\n${work.body}`;
}

/** "Opened #3", "Added to #3". */
export function describePublished(published: Published & { outcome: "published" }): string {
	const { number, url, later } = published.pullRequest;
	if (later !== null) return later;
	const name = number ? `#${number}` : "the pull request";
	return `${published.isNew ? "Opened" : "Added to"} ${url ? `[${name}](${url})` : name}.`;
}

/** The pull request that one of these turns opened for a branch: after a merge there is a new branch, and another one. */
export function findPullRequest(
	turns: readonly Turn[],
	tools: ReadonlySet<string>,
	branch: string | null,
): PullRequest | null {
	const name = findOpenTool(tools);
	const opened = turns
		.flatMap((turn) => turn.records)
		.filter(
			({ input, isError, output }) => input.branch === branch && !isError && !output.includes("<template "),
		)
		.findLast((record) => record.name === name);
	return opened ? toPullRequest(opened.output) : null;
}

function findOpenTool(tools: ReadonlySet<string>): string {
	return [...tools].find((name) => name.endsWith("open_pull_request")) ?? "open_pull_request";
}

function toPullRequest(text: string): PullRequest {
	const number = /(?:"number":\s*|\/pull\/|#)(\d+)/.exec(text)?.[1] ?? null;
	return {
		number,
		url: /https?:\/\/[^\s"')>]+/.exec(text)?.[0] ?? null,
		later: number === null && text !== "" ? text : null,
	};
}

/** The headings of the template that was shown instead of opening anything. */
function findTemplateHeadings(text: string): string[] {
	const [, template = ""] = /<template [^>]*>([\s\S]*?)<\/template>/.exec(text) ?? [];
	return template.match(/^#{1,6} .+$/gm) ?? [];
}

/** Pushes, and again a little later where the gateway was away for a moment: what it passed on before may be under way. */
function* push(): Script<ToolOutcome | undefined> {
	let [pushed] = yield* step("And push it.", bash("git push origin HEAD"));
	if (!pushed || !CUT_OFF.test(pushed.text)) return pushed;
	for (let tries = 1; tries < PUSH_TRIES && pushed && isRefusal(pushed); tries++) {
		[pushed] = yield* step(
			"The connection broke: I push again.",
			bash(`sleep ${PUSH_PAUSE_S} && git push origin HEAD`),
		);
	}
	return pushed;
}

/** git prints its exit code nowhere in the tool's output; these are the words that go with one above 0. */
function isRefusal(outcome: ToolOutcome): boolean {
	return outcome.isError || /^(fatal|error): |! \[(remote )?rejected\]|exceeding timeout/m.test(outcome.text);
}
