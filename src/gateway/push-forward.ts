import { AppError, coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { GitCall } from "./ask-git.ts";
import { answerPush } from "./git-answers.ts";
import { EMPTY_PACK, toHead, toStream } from "./push-body.ts";
import type { ReceivePackHead, RefCommand } from "./receive-pack-commands.ts";
import { keepRemarks, readTakenRefs, toRefusal } from "./receive-pack-report.ts";
import type { Repository } from "./sandbox-access.ts";

/** Whether `from` is in the history of `to`, both at GitHub. @throws AppError */
export type IsForward = (repository: Repository, commits: { from: string; to: string }) => Promise<boolean>;

export type PushForward = (push: {
	call: GitCall;
	send: (body: ReadableStream<Uint8Array>) => Promise<Response>;
	head: Extract<ReceivePackHead, { state: "complete" }>;
	/** The one that moves somebody's branch. */
	command: RefCommand;
	pack: { first: Buffer; rest: AsyncIterator<Buffer> };
}) => Promise<
	| { outcome: "refused"; answer: Response }
	/** `body` is the push without its pack, for GitHub has that; afterwards `tidy` takes the parked ref away. */
	| { outcome: "forward"; body: ReadableStream<Uint8Array>; tidy: () => Promise<void> }
>;

const NOTHING = "0".repeat(40);

/**
 * A branch that is somebody's may be moved on, never rewritten. What a push moves it to is seen only when GitHub has its
 * commits, so they are parked there first, under a ref that is no branch and no tag. The move itself names the commit
 * that was compared, and GitHub refuses it where the branch is elsewhere by then.
 */
export function createPushForward(deps: {
	isForward: IsForward;
	log: Log;
	newId: () => string;
}): PushForward {
	return async ({ call, send, head, command, pack }) => {
		const { capabilities, shallow, commands } = head;
		const refuse = (reason: string, remarks: Buffer = Buffer.alloc(0)) => {
			const report = toRefusal(new Map(commands.map(({ ref }) => [ref, reason])), capabilities);
			return { outcome: "refused", answer: answerPush(Buffer.concat([remarks, report])) } as const;
		};
		const parked = `refs/${call.access.branchPrefix}/${deps.newId()}`;
		const park = { oldOid: NOTHING, newOid: command.newOid, ref: parked };
		const first = Buffer.concat([toHead(shallow, [park], capabilities), pack.first]);
		if (commands.length > 1) {
			for await (const _ of { [Symbol.asyncIterator]: () => pack.rest });
			return refuse("push this branch alone");
		}
		const answer = await send(toStream(first, pack.rest));
		if (!answer.ok) return { outcome: "refused", answer };
		const report = Buffer.from(await answer.arrayBuffer());
		if (!readTakenRefs(report, capabilities)?.has(parked))
			return refuse("GitHub did not take its commits", keepRemarks(report, capabilities));
		const own = capabilities.filter((name) => name !== "push-options");
		const tidy = async () => {
			const drop = { oldOid: command.newOid, newOid: NOTHING, ref: parked };
			await send(toStream(toHead([], [drop], own)))
				.then((answer) => answer.body?.cancel())
				// It is in nobody's way.
				.catch((err) => deps.log.warn({ err: coerceError(err), parked }, "a parked ref was left at GitHub"));
		};
		const { oldOid: from, newOid: to } = command;
		let isForward: boolean;
		try {
			isForward = await deps.isForward(call.repository, { from, to });
		} catch (error) {
			if (!(error instanceof AppError && error.retryable)) throw error;
			await tidy();
			return refuse("GitHub cannot be asked just now what this changes: push again in a minute");
		}
		if (isForward)
			return {
				outcome: "forward",
				body: toStream(Buffer.concat([toHead([], [command], own), EMPTY_PACK])),
				tidy,
			};
		await tidy();
		return refuse(
			"this branch is somebody's and is not rewritten: fetch it, build on it, push without force",
		);
	};
}
