import type { LoggedEvent } from "../../contract/event.ts";
import type { SessionView } from "../../sessions/session-view.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { createInOrder } from "../in-order.ts";
import type { ChannelSign } from "../native/code-channel/channel-line.ts";
import { type CodeChannels, toSign } from "../native/code-channel/code-channels.ts";
import { CHANNEL_PREFIX, type Place, splitPlaces } from "../native/code-channel/split-places.ts";
import type { BringPictures } from "../pictures/bring-pictures.ts";
import { replaceLost } from "../talk/replace-lost.ts";
import type { SayElsewhere } from "../talk/say-elsewhere.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { emptyProgress, foldProgress, type ProgressState } from "./fold-progress.ts";
import type { MessageStore, ShownMessage } from "./message-store.ts";
import { isGone, type Post, type PostOutcome } from "./post.ts";
import type { ReadVerbosity } from "./read-verbosity.ts";
import { AT_WORK_EMOJI, decideThread, isStatusKey, type Wanted } from "./thread-view.ts";

const EVENTS_PER_READ = 1_000;

export interface ThreadShower {
	/**
	 * Makes the session's thread show what its log says, and gives what that is. Idempotent; calls for one session go one
	 * after the other.
	 */
	show(sessionId: string): Promise<PostOutcome & { session: SessionView }>;
	/** The same for the one status message of a prompt, through the client whose calls may be dropped. */
	showStatus(sessionId: string, promptId: string): Promise<PostOutcome>;
	/** Where a session is shown, and a place in its log that lies before the prompt's work. `teamId` null: nowhere. */
	placeOf(sessionId: string, promptId: string): Promise<{ teamId: string | null; afterSeq: number }>;
}

export function createThreadShower(deps: {
	sessions: Pick<Sessions, "view" | "readEvents">;
	store: MessageStore;
	post: Post;
	workspaces: Workspaces;
	/** The state that is followed already, if this instance does. */
	followed: (sessionId: string) => ProgressState | null;
	/** Says results to whoever asked where their thread is closed to us. */
	sayElsewhere: SayElsewhere;
	bringPictures: BringPictures;
	/** A session's page; null: it has no address that others reach. */
	sessionUrl: (sessionId: string) => string | null;
	codeChannels: CodeChannels;
	/** Told which threads are at work, for Slack's own agent status. */
	onShown: (session: SessionView) => void;
	/** How much a thread says of the work at each prompt. Left out: what is usual. */
	readVerbosity?: ReadVerbosity;
	now: () => number;
}): ThreadShower {
	const { sessions, store, post, workspaces, followed, sayElsewhere, codeChannels, onShown, now } = deps;
	const inOrder = createInOrder();

	async function bring(
		sessionId: string,
		way: "deliver" | "progress",
		isMeant: (wanted: Wanted) => boolean,
	): Promise<PostOutcome & { session: SessionView }> {
		const { session, channel, opened } = await prepare(sessionId, way);
		const [first] = session.threads;
		if (first === undefined) return { outcome: "shown", session };
		const sign = toSign(channel, codeChannels.mayHave(await workspaces.of(first.teamId)));
		const rows = await store.load(sessionId);
		const places = await Promise.all(
			splitPlaces(session, channel, rows).map((place) => bringPlace({ ...place, sign }, way, isMeant)),
		);
		onShown(session);
		const elsewhere =
			way === "deliver" && places.some(({ hasTrouble }) => hasTrouble) ? [await sayElsewhere(session)] : [];
		const said = places.flatMap(({ outcomes }) => outcomes);
		const isAllSaid = latest(said).outcome === "shown";
		const furnished =
			way === "deliver" && channel !== null ? [await codeChannels.furnish(session, channel, isAllSaid)] : [];
		const ofChannel = [
			...places.filter(({ isChannel }) => isChannel).flatMap((one) => one.outcomes),
			...furnished,
		];
		const refused = ofChannel.flatMap((one) => (one.outcome === "shown" ? (one.refused ?? []) : []));
		await codeChannels.noteRefusals(sessionId, refused);
		// Of one that is archived or closed now the thread says so, and shows what it can show no more.
		const isSame = channel === null || (await codeChannels.find(sessionId))?.state === channel.state;
		// Of one that somebody deleted it is known now, and how work ended is said in a new one.
		const isLost = said.some((one) => one.outcome === "shown" && one.refused === "message_not_found");
		if (!isSame || isLost) return bring(sessionId, way, isMeant);
		return { ...latest([...opened, ...said, ...elsewhere, ...furnished]), session };
	}

	/** The session with all its places: a channel that somebody wanted is made first. */
	async function prepare(sessionId: string, way: "deliver" | "progress") {
		const [session, channel] = await Promise.all([sessions.view(sessionId), codeChannels.find(sessionId)]);
		if (channel?.state !== "wanted" || way !== "deliver") return { session, channel, opened: [] };
		const opened = await codeChannels.open(session, channel);
		const [now, made] = await Promise.all([sessions.view(sessionId), codeChannels.find(sessionId)]);
		return { session: now, channel: made, opened: [opened] };
	}

	async function bringPlace(
		place: Place & { sign: ChannelSign | null },
		way: "deliver" | "progress",
		isMeant: (wanted: Wanted) => boolean,
	): Promise<{ isChannel: boolean; outcomes: PostOutcome[]; hasTrouble: boolean }> {
		const { session, thread, prefix, isChannel } = place;
		const { id: sessionId } = session;
		const { clients, scopes, url } = await workspaces.of(thread.teamId);
		const client = clients[way];
		const { rows } = place;
		const shown = new Map(rows.map((row) => [row.key, row]));
		const running = session.prompts.find(({ status }) => status === "running");
		const progress =
			running === undefined
				? null
				: (followed(sessionId) ?? (await readProgress(sessionId, running.id, startSeqIn(rows, running.id))));
		const verbosityOf = await deps.readVerbosity?.(session);
		// Whatever becomes of them, no answer waits for its pictures: they are put into it when they are there.
		const pictures =
			way === "deliver" && scopes.includes("files:write")
				? await deps.bringPictures({ client, teamId: thread.teamId, sessionId }, session.pictures ?? [])
				: null;
		const decided = decideThread({
			session,
			progress,
			shownKeys: new Set(shown.keys()),
			nowMs: now(),
			workspaceUrl: url,
			channel: isChannel ? null : place.sign,
			canUpload: (key) => scopes.includes("files:write") && !isGone(shown.get(key)?.shown ?? null),
			pictures: {
				fileOf: (pictureId) => pictures?.files.get(pictureId) ?? null,
				sessionUrl: deps.sessionUrl(sessionId),
			},
			...(verbosityOf === undefined ? {} : { verbosityOf }),
		});
		const due = replaceLost(decided, session, shown)
			.filter(isMeant)
			.filter(({ key, hash }) => {
				const before = shown.get(key)?.shown ?? null;
				return before !== hash && !isGone(before);
			});
		const send = (wanted: Wanted) =>
			post({ client, sessionId, thread, wanted: { ...wanted, key: `${prefix}${wanted.key}` } });
		// At work: at once, beside the messages. Over: last, for it says that all there is to see is there.
		const isAtWork = (wanted: Wanted) => wanted.kind === "reaction" && wanted.emoji === AT_WORK_EMOJI;
		const [early, messages] = await Promise.all([
			Promise.all(due.filter(isAtWork).map(send)),
			inTurn(
				due.filter(({ kind }) => kind !== "reaction"),
				send,
			),
		]);
		const ends = due.filter((wanted) => wanted.kind === "reaction" && !isAtWork(wanted));
		const late = latest(messages).outcome === "shown" ? await Promise.all(ends.map(send)) : [];
		return {
			isChannel,
			outcomes: [...early, ...messages, ...late, ...(pictures === null ? [] : [pictures.result])],
			hasTrouble: due.length > 0 || rows.some((row) => isGone(row.shown)),
		};
	}

	async function readProgress(sessionId: string, promptId: string, startSeq: number): Promise<ProgressState> {
		let state = emptyProgress(promptId);
		let afterSeq = startSeq;
		let events: LoggedEvent[];
		do {
			events = await sessions.readEvents({ sessionId, afterSeq, limit: EVENTS_PER_READ });
			state = events.reduce(foldProgress, state);
			afterSeq = events.at(-1)?.seq ?? afterSeq;
		} while (events.length === EVENTS_PER_READ);
		return state;
	}

	return {
		show: (sessionId) => inOrder.run(sessionId, () => bring(sessionId, "deliver", () => true)),
		showStatus: (sessionId, promptId) =>
			inOrder.run(sessionId, () => bring(sessionId, "progress", ({ key }) => isStatusKey(key, promptId))),
		async placeOf(sessionId, promptId) {
			const [{ threads }, rows] = await Promise.all([sessions.view(sessionId), store.load(sessionId)]);
			return { teamId: threads[0]?.teamId ?? null, afterSeq: startSeqIn(rows, promptId) };
		},
	};
}

function startSeqIn(rows: ShownMessage[], promptId: string): number {
	const own = (key: string) => isStatusKey(key.replace(CHANNEL_PREFIX, ""), promptId);
	return Math.max(0, ...rows.filter(({ key }) => own(key)).map(({ shownSeq }) => shownSeq));
}

/** One message after the other, so that they stand in order; one that must wait lets the rest wait too. */
async function inTurn(due: Wanted[], send: (wanted: Wanted) => Promise<PostOutcome>): Promise<PostOutcome[]> {
	const outcomes: PostOutcome[] = [];
	for (const wanted of due) {
		const result = await send(wanted);
		outcomes.push(result);
		if (result.outcome === "later") break;
	}
	return outcomes;
}

function latest(outcomes: PostOutcome[]): PostOutcome {
	const waits = outcomes.flatMap((result) => (result.outcome === "later" ? [result.retryAfterMs] : []));
	return waits.length === 0 ? { outcome: "shown" } : { outcome: "later", retryAfterMs: Math.max(...waits) };
}
