import type { PromptView, PullRequestView, SessionView } from "../../sessions/session-view.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { costWords, durationWords } from "../text/words.ts";

const MAX_QUEUED = 10;

/** Pure. Where a session stands, in lines of mrkdwn, for whoever asks privately. */
export function describeSession(
	session: SessionView,
	facts: { model: string | null; nowMs: number },
): string[] {
	const { repository, routing } = session;
	const where =
		repository === null
			? session.status === "ready"
				? "No repository"
				: "Repository not known yet"
			: codeSpan(repository.fullName);
	const why = routing === null ? "" : ` — ${plainLine(routing.reason, 200)}`;
	const costUsd = session.prompts.reduce((sum, prompt) => sum + prompt.costUsd, 0);
	const rest = [
		...(facts.model === null ? [] : [`model ${codeSpan(facts.model)}`]),
		...(costUsd > 0 ? [`${costWords(costUsd)} so far`] : []),
	];
	return [
		`*${plainLine(session.title, 150)}*`,
		`${where}${why}`,
		...describeWork(session, facts.nowMs),
		...describeQueue(session),
		...session.pullRequests.map(describePullRequest),
		...(rest.length === 0 ? [] : [rest.join(" · ")]),
	];
}

function describeWork({ status, prompts, title }: SessionView, nowMs: number): string[] {
	const running = prompts.find((prompt) => prompt.status === "running");
	if (running !== undefined) {
		const sinceMs = nowMs - (running.startedAt?.getTime() ?? nowMs);
		// Of the first request the title says it all.
		const what = running.text === title ? "" : ` on: ${describePrompt(running)}`;
		return [`⏳ Working for ${durationWords(sinceMs)}${what}`];
	}
	if (status === "asking") return ["🤔 Waiting for somebody to say which repository is meant."];
	const last = prompts.findLast((prompt) => prompt.finishedAt !== null);
	if (prompts.some((prompt) => prompt.status === "queued") || last === undefined) return [];
	switch (last.status) {
		case "failed":
			return [`❌ Failed: ${plainLine(last.problem?.message ?? "", 300)} Say *retry* to try it again.`];
		case "stopped":
			return ["⏹ Stopped. Say *retry* to go on, or say what to do instead."];
		default:
			return ["✅ Nothing is at work."];
	}
}

/** Pure. What waits, each with the number that *cancel* takes. */
export function describeQueue({ prompts }: Pick<SessionView, "prompts">): string[] {
	const waiting = prompts.filter((prompt) => prompt.status === "queued");
	const lines = waiting.slice(0, MAX_QUEUED).map((prompt) => {
		if (prompt.held === "link") {
			const who = prompt.author === null ? "its author" : plainLine(prompt.author.name, 60);
			return `🔗 ${describePrompt(prompt)} (until ${who} has connected GitHub)`;
		}
		if (prompt.held === "gone") return `🔒 ${describePrompt(prompt)} (held back: its author is gone)`;
		return `🕓 ${prompt.position}. ${describePrompt(prompt)}`;
	});
	const rest = waiting.length - lines.length;
	return rest > 0 ? [...lines, `… and ${rest} more`] : lines;
}

/** Pure. Its first words, and whose they are. */
export function describePrompt({ text, author }: Pick<PromptView, "text" | "author">): string {
	const by = author === null ? "" : ` · ${plainLine(author.name, 60)}`;
	return `${plainLine(text, 100)}${by}`;
}

const CHECK_WORDS = { pending: "checks run", passing: "checks pass", failing: "checks fail" };

function describePullRequest(pullRequest: PullRequestView): string {
	const name = `${pullRequest.repository}#${pullRequest.number}`;
	const target = toLinkTarget(pullRequest.url);
	const words = [
		target === null ? codeSpan(name) : `<${target}|${plainLine(name, 120)}>`,
		plainLine(pullRequest.title, 100),
		pullRequest.state === "open" && pullRequest.draft ? "draft" : pullRequest.state,
		...(pullRequest.state === "open" && pullRequest.checks !== null ? [CHECK_WORDS[pullRequest.checks]] : []),
	];
	return `🔀 ${words.join(" · ")}`;
}
