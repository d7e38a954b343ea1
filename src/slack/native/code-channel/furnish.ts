import { createHash } from "node:crypto";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../../errors.ts";
import type { SessionView } from "../../../sessions/session-view.ts";
import type { PostOutcome } from "../../showing/post.ts";
import type { Workspaces } from "../../web-api/workspaces.ts";
import type { Attempt, Capabilities } from "../capabilities.ts";
import { type CodeChannel, changeCodeChannel } from "./code-channel-store.ts";
import { contextBar } from "./context-bar.ts";
import { cutDiff } from "./cut-diff.ts";

/** What a session changed, as a unified diff; null: nothing that GitHub knows of. @throws AppError, retryable where it does not answer */
export type ReadChanges = (sessionId: string) => Promise<{ diff: string; base: string; head: string } | null>;

/** The bar is changed this often at most; what comes meanwhile is shown together. */
const BAR_EVERY_MS = 5_000;
const GITHUB_WAIT_MS = 15_000;
const SHOWN = { outcome: "shown" } as const;

/** Brings the bar and the tabs of a session's channel to what its log says, and archives what is over. */
export function createFurnish(deps: {
	db: Db;
	workspaces: Workspaces;
	capabilities: Capabilities;
	readChanges?: ReadChanges;
	now: () => number;
}) {
	const { db, workspaces, capabilities, readChanges, now } = deps;

	return async (session: SessionView, channel: CodeChannel, isAllSaid: boolean): Promise<PostOutcome> => {
		const { teamId, channelId } = channel;
		if (channelId === null) return SHOWN;
		const client = (await workspaces.of(teamId)).clients.deliver;
		const at = { channel_id: channelId };
		const change = (what: Parameters<typeof changeCodeChannel>[2]) => changeCodeChannel(db, session.id, what);
		/** What Slack does not take is not asked for again until it is something else. */
		const bring = async (
			call: () => Promise<unknown>,
			noted: Parameters<typeof changeCodeChannel>[2],
		): Promise<PostOutcome> => {
			const done: Attempt = await capabilities.attempt(teamId, "code_channels", call);
			if (done.outcome === "later") return done;
			await change(noted);
			return done.outcome === "refused" ? { ...SHOWN, refused: done.error } : SHOWN;
		};
		const isOver = session.status === "ended" && session.prompts.every(({ finishedAt }) => finishedAt);

		const steps: (() => Promise<PostOutcome>)[] = [
			async () => {
				const url = session.pullRequests.at(-1)?.url ?? null;
				if (url === null || url === channel.shownPullRequest) return SHOWN;
				return bring(
					() => client.agents.conversations.setView({ ...at, type: "pull_request", pr_url: url }),
					{
						shownPullRequest: url,
					},
				);
			},
			async () => {
				const state = changesKey(session);
				if (readChanges === undefined || state === null || state === channel.shownDiff) return SHOWN;
				const changes = await readChanges(session.id).catch(toNoChanges);
				if (changes === "later") return { outcome: "later", retryAfterMs: GITHUB_WAIT_MS };
				if (changes === null || changes.diff === "") {
					await change({ shownDiff: state });
					return SHOWN;
				}
				const { diff, base, head } = changes;
				return bring(
					() =>
						client.agents.conversations.setView({
							...at,
							type: "diff",
							content: cutDiff(diff),
							base_branch: base,
							head_branch: head,
						}),
					{ shownDiff: state },
				);
			},
			async () => {
				const items = contextBar(session);
				const bar = hash(items);
				if (bar === channel.shownBar || (items.length === 0 && channel.shownBar === null)) return SHOWN;
				const waitMs = (channel.barAt?.getTime() ?? 0) + BAR_EVERY_MS - now();
				if (waitMs > 0 && !isOver) return { outcome: "later", retryAfterMs: waitMs };
				return bring(
					() =>
						client.agents.conversations.setProperties({ ...at, code_channel: { context_bar_items: items } }),
					{ shownBar: bar, barAt: new Date(now()) },
				);
			},
			async () => {
				if (!isOver || !isAllSaid) return SHOWN;
				// Two of their own: where Slack refuses the sign, the channel must not stay open for that.
				const closed = await capabilities.attempt(teamId, "agent_sessions", () =>
					client.agents.sessions.setStatus({ ...at, status: "closed" }),
				);
				if (closed.outcome === "later") return closed;
				const archived = await bring(() => client.agents.conversations.archive(at), { state: "archived" });
				// Somebody did it before us.
				return archived.outcome === "later" ? archived : SHOWN;
			},
		];
		const refused: string[] = [];
		for (const step of steps) {
			const result = await step();
			if (result.outcome === "later") return result;
			if (result.refused !== undefined) refused.push(result.refused);
		}
		return refused[0] === undefined ? SHOWN : { ...SHOWN, refused: refused[0] };
	};
}

/** What GitHub refuses for good cannot be shown, and holds up nothing else. */
function toNoChanges(thrown: unknown): "later" | null {
	if (!(thrown instanceof AppError)) throw thrown;
	return thrown.retryable ? "later" : null;
}

/** Changes whenever there may be another diff; null: there can be none yet. */
function changesKey({ prompts, pullRequests }: SessionView): string | null {
	const over = prompts.filter(({ finishedAt, startedAt }) => finishedAt !== null && startedAt !== null);
	const last = pullRequests.at(-1);
	if (over.length === 0 && last === undefined) return null;
	return hash([over.map(({ id, attempt }) => [id, attempt]), last?.id, last?.additions, last?.deletions]);
}

function hash(value: unknown): string {
	return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}
