import type { Tx } from "../../db/client.ts";
import { findGithubAccount } from "../../people/account-store.ts";
import { toCommentLines } from "../comments/comment-prompt.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import type { ReadySandbox } from "../sandbox/ensure-sandbox.ts";
import { toCheckLines } from "./check-prompt.ts";
import { type CommitAuthor, toCommitAuthor } from "./commit-author.ts";
import { toLeftOutLines, toSaidLines } from "./said-prompt.ts";
import type { TurnRight } from "./turn-right.ts";

const MISSED_LENGTH = 2_000;

/**
 * Facts about the session for the model, a line each. Values are what people wrote: data, on one line. `missed`: turns
 * that the agent's conversation knows nothing of.
 */
export function toContext(claim: Claim, missed: ReadySandbox["missed"], right: TurnRight): string {
	const { session, prompt } = claim;
	const lines = [
		`Repository: ${session.owner === null ? "none" : `${session.owner}/${session.name}`}`,
		...(session.branch === null ? [] : [`Branch: ${session.branch}`]),
		...(session.base_branch === null ? [] : [`Base branch: ${session.base_branch}`]),
		...(prompt.author_name === null
			? []
			: [`Asked by: ${prompt.author_name}, who is the author of this turn's commits`]),
		...(right === "full"
			? []
			: [
					`Rights: ${prompt.author_name ?? "the author"} may only read this repository at GitHub. Look and answer, and change nothing: pushes and pull requests of this turn are refused. If they asked for a change, tell them that somebody with write access has to ask for it.`,
				]),
		...(prompt.context.channelName ? [`Channel: #${prompt.context.channelName}`] : []),
		...(prompt.context.channelTopic ? [`Channel topic: ${prompt.context.channelTopic}`] : []),
		...toCheckLines(prompt.context.checks ?? []),
		...toMissedLines(missed.turns),
		...(missed.branch === null
			? []
			: [`What was not committed then was saved to the branch ${missed.branch} (git fetch origin).`]),
	];
	const flat = lines.map((line) => line.replace(/[\s\u0085]+/g, " "));
	// Of a difference, and of what a program printed, the spaces count.
	return [
		...flat,
		...toLeftOutLines(prompt.files),
		...toSaidLines(prompt.context),
		...(prompt.context.comment ? toCommentLines(prompt.context.comment) : []),
	].join("\n");
}

function toMissedLines(turns: ReadySandbox["missed"]["turns"]): string[] {
	const here = turns.filter(({ elsewhere }) => elsewhere === null);
	const elsewhere = turns.filter((turn) => turn.elsewhere !== null);
	const asked = ({ author, text }: (typeof turns)[number]) =>
		`${author ?? "Somebody"} had asked: ${text.slice(0, MISSED_LENGTH)}`;
	return [
		...(elsewhere.length === 0
			? []
			: [
					`This session was moved here from ${[...new Set(elsewhere.map((turn) => turn.elsewhere))].join(" and ")}, the wrong place. What was asked there was not done here; it only tells what this turn is about:`,
				]),
		...elsewhere.map(asked),
		...(here.length === 0
			? []
			: [
					"The sandbox of this session was lost, and with it your memory of these turns. What was pushed in them is in git (git log), what was not pushed is gone from here:",
				]),
		...here.flatMap((turn) => [
			asked(turn),
			...(turn.answer === null ? [] : [`You had answered: ${turn.answer.slice(0, MISSED_LENGTH)}`]),
		]),
	];
}

/** In whose name the turn commits. */
export async function readAuthor(tx: Tx, { prompt }: Claim): Promise<CommitAuthor> {
	const { author_id: id, author_name: name, author_email: email } = prompt;
	return toCommitAuthor(id === null ? null : { id, name, email, github: await findGithubAccount(tx, id) });
}
