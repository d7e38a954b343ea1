import { coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { createAskGit, GitCall } from "./ask-git.ts";
import { decidePush } from "./decide-push.ts";
import { answerPush, say } from "./git-answers.ts";
import { readHead, toStream, unpack } from "./push-body.ts";
import type { PushForward } from "./push-forward.ts";
import type { RefCommand } from "./receive-pack-commands.ts";
import { asksForReport, readTakenRefs, toRefusal, toRemark } from "./receive-pack-report.ts";

/** Keeps what is pushed: before GitHub gets it, and what GitHub took of it. */
export interface Pushes<Sent = unknown> {
	sent(push: {
		sessionId: string;
		promptId: string | null;
		refs: { branch: string; beforeSha: string | null; sha: string }[];
	}): Promise<Sent>;
	answered(sent: Sent, takenBranches: ReadonlySet<string>): Promise<void>;
}

/** Takes a push of a session: what it may not is refused, the rest is written down and passed on to GitHub. */
export function createTakePush(deps: {
	ask: ReturnType<typeof createAskGit>;
	pushForward: PushForward;
	pushes: Pushes;
	log: Log;
}) {
	return async (call: GitCall, onlySaves: boolean): Promise<Response> => {
		const { request, access } = call;
		if (request.body === null) return say(400, "The push is empty.");
		const { head, read, rest } = await readHead(unpack(request, request.body));
		if (head.state !== "complete") {
			const reason = head.state === "malformed" ? head.reason : "it breaks off";
			return say(400, `The push cannot be read: ${reason}.`);
		}
		const { commands, capabilities } = head;
		const adopted = access.adoptedBranch;
		const refused = decidePush(commands, access.branchPrefix, { onlySaves, adopted });
		if (refused !== null) {
			// Git reads the answer only after it has sent its pack.
			for await (const _ of { [Symbol.asyncIterator]: () => rest });
			return answerPush(toRefusal(refused, capabilities));
		}
		const send = (body: ReadableStream<Uint8Array>) =>
			deps.ask(call, { service: "git-receive-pack", method: "POST", rest: "/git-receive-pack", body });
		// Before a large pack git sends a push of nothing, to learn whether it may.
		if (commands.length === 0) return send(toStream(read, rest));
		if (!asksForReport(capabilities)) return say(400, "The push asks for no report of what was taken.");
		const note = async () => {
			const { sessionId, promptId } = access;
			return deps.pushes.sent({ sessionId, promptId, refs: commands.map(toUpdate) });
		};
		const theirs = commands.find(
			({ ref, oldOid }) => ref === `refs/heads/${adopted}` && !/^0+$/.test(oldOid),
		);
		if (theirs === undefined) {
			const sent = await note();
			return noteAnswer(sent, await send(toStream(read, rest)), head);
		}
		const pack = { first: read.subarray(head.length), rest };
		const forward = await deps.pushForward({ call, send, head, command: theirs, pack });
		if (forward.outcome === "refused") return forward.answer;
		const sent = await note();
		const answer = await noteAnswer(sent, await send(forward.body), head);
		await forward.tidy();
		return answer;
	};

	/** Git hears of it only after it is written down. Where the answer says nothing, GitHub may have taken it. */
	async function noteAnswer(
		sent: unknown,
		answer: Response,
		{ commands, capabilities }: { commands: RefCommand[]; capabilities: string[] },
	): Promise<Response> {
		const isUnknown = answer.status >= 500;
		const report = answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
		const refs = report === null ? new Set<string>() : readTakenRefs(report, capabilities);
		if (refs !== null && !isUnknown) {
			const branches = new Set([...refs].map(toBranch));
			await deps.pushes
				.answered(sent, branches)
				.catch((err) => deps.log.error({ err: coerceError(err) }, "what GitHub took could not be noted"));
		}
		if (report === null) return answer;
		const refused = refs === null ? [] : commands.filter(({ ref }) => !refs.has(ref));
		const remark =
			refused.length === 0 ? [] : [toRemark(toRuleWords(refused.map(({ ref }) => ref)), capabilities)];
		const body = Uint8Array.from(Buffer.concat([...remark, report]));
		return new Response(body, { status: answer.status, headers: answer.headers });
	}
}

/** Git passes on GitHub's reason; this is what can be done. */
function toRuleWords(refs: string[]): string {
	return `GitHub did not take ${refs.map(toBranch).join(", ")}. Where somebody else pushed there meanwhile, fetch and build on that. Where a rule of the repository protects it, somebody who administers it can let Bobbin's GitHub App push to bobbin/** under Settings, Rules; say so in your answer.`;
}

function toUpdate({ ref, oldOid, newOid }: RefCommand) {
	return { branch: toBranch(ref), beforeSha: /^0+$/.test(oldOid) ? null : oldOid, sha: newOid };
}

function toBranch(ref: string): string {
	return ref.replace(/^refs\/heads\//, "");
}
