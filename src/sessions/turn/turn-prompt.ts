import type { Tx } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import { findGithubAccount } from "../../people/account-store.ts";
import { toCommentLines } from "../comments/comment-prompt.ts";
import { toSafeFileName } from "../names.ts";
import type { FetchFile, Sandboxes } from "../ports.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import type { ReadySandbox } from "../sandbox/ensure-sandbox.ts";
import { toCheckLines } from "./check-prompt.ts";
import { type CommitAuthor, toCommitAuthor } from "./commit-author.ts";
import type { TurnRight } from "./turn-right.ts";

const IMAGE_LIMIT_BYTES = 5 * 1024 * 1024;
const THREAD_MESSAGES = 20;
const THREAD_MESSAGE_LENGTH = 1_000;
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
		...(prompt.context.thread ?? [])
			.slice(-THREAD_MESSAGES)
			.map(
				({ author, text }) =>
					`Earlier in the thread, ${author} wrote: ${text.slice(0, THREAD_MESSAGE_LENGTH)}`,
			),
		...toCheckLines(prompt.context.checks ?? []),
		...toMissedLines(missed.turns),
		...(missed.branch === null
			? []
			: [`What was not committed then was saved to the branch ${missed.branch} (git fetch origin).`]),
	];
	const flat = lines.map((line) => line.replace(/\s+/g, " "));
	// Of a difference the spaces count.
	return [...flat, ...(prompt.context.comment ? toCommentLines(prompt.context.comment) : [])].join("\n");
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

/**
 * Puts a prompt's files into the sandbox, at `<home>/files/<prompt>/`.
 *
 * @throws AppError `file_unavailable`, or what the source of the file says
 */
export async function bringFiles(
	deps: { sandboxes: Sandboxes; fetchFile: FetchFile },
	claim: Claim,
	sandbox: ReadySandbox,
) {
	const { files, id: promptId } = claim.prompt;
	return Promise.all(
		files.map(async (file, index) => {
			const name = toSafeFileName(file.name, `file-${index + 1}`);
			const path = `${sandbox.info.homeDir}/files/${promptId}/${index + 1}-${name}`;
			let bytes: Uint8Array;
			try {
				bytes = await deps.fetchFile(file, claim.prompt.origin);
			} catch (cause) {
				if (cause instanceof AppError) throw cause;
				throw new AppError(
					"file_unavailable",
					`The file ${file.name} could not be fetched. Try again, or ask again without it.`,
					{
						retryable: true,
						cause,
					},
				);
			}
			await deps.sandboxes.writeFile(sandbox.info.id, path, bytes);
			const shown = file.mimeType.startsWith("image/") && bytes.byteLength <= IMAGE_LIMIT_BYTES;
			const dataUrl = shown ? `data:${file.mimeType};base64,${Buffer.from(bytes).toString("base64")}` : null;
			return { name: file.name, mimeType: file.mimeType, path, dataUrl };
		}),
	);
}
