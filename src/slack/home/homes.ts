import { createHash } from "node:crypto";
import type { HomeView } from "@slack/types";
import type { Log } from "../../log.ts";
import type { SessionView } from "../../sessions/session-view.ts";
import { createInOrder } from "../in-order.ts";
import { isSlow } from "../is-slow.ts";
import type { RateBudgets, Way } from "../web-api/rate-budget.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { createNoticeChanges } from "./home-changes.ts";
import type { HomeState } from "./home-state.ts";
import type { HomeAddress, HomeRow, HomeStore } from "./home-store.ts";
import { isPictureRefused, publishHome } from "./publish-home.ts";

/** Everybody's App Home. What they show is published again when it changes, as long as they are looked at. */
export interface Homes {
	/** `isNew`: Slack has no view of ours there. `personId` null: they may not use Bobbin. */
	opened(home: HomeAddress & { personId: string | null; isNew: boolean }): Promise<void>;
	/** They chose something in it; `state`: what it is to show. */
	show(home: HomeAddress & { personId: string; state?: HomeState }): Promise<void>;
	/** Told of sessions whose threads were shown; returns at once. */
	changed(session: SessionView): void;
	/** Draws nothing more and waits for what is under way. */
	stop(): Promise<void>;
}

export interface HomesDeps {
	workspaces: Pick<Workspaces, "of">;
	budgets: RateBudgets;
	store: HomeStore;
	/** What a home is to show. `withPicture` false: Slack does not get pictures from us. */
	read: (row: HomeRow, options: { withPicture: boolean }) => Promise<HomeView>;
	/** The same without anything that takes time to find out. */
	frame: (row: HomeRow) => HomeView;
	log: Log;
	now: () => number;
}

/** Slack does not say when somebody looks elsewhere. */
const LOOKED_AT_MS = 10 * 60_000;
const FRAME_AFTER_MS = 300;
/** One change often comes as several. */
const SETTLE_MS = 200;
/** The figures of many homes change with each session of the workspace. */
const EVERY_MS = { stats: 3_000, sessions: 1_000, settings: 1_000 };
/** Figures of the last minutes change although nothing happens. */
const TICK_MS = 60_000;
const AGAIN_IN_DOUBT_MS = 1_000;
const AGAIN_AFTER_TROUBLE_MS = 5_000;
const NO_PICTURES_MS = 60 * 60_000;
const MOST_REMEMBERED = 1_000;

export function createHomes(deps: HomesDeps): Homes {
	const { workspaces, budgets, store, log, now } = deps;
	const due = new Map<string, { timer: NodeJS.Timeout; atMs: number }>();
	const drawnAt = new Map<string, number>();
	const noPicturesUntil = new Map<string, number>();
	const looking = new Set<Promise<void>>();
	const drawings = createInOrder();
	const noticeChange = createNoticeChanges();
	let isStopped = false;

	const keyOf = ({ teamId, userId }: HomeAddress) => `${teamId}:${userId}`;

	/** Drawings of one home go one after the other. `deliver`: somebody waits for it. */
	function draw(home: HomeAddress, way: Way): Promise<void> {
		return drawings.run(keyOf(home), () => drawNow(home, way));
	}

	async function drawNow(home: HomeAddress, way: Way): Promise<void> {
		let row = await store.find(home);
		for (let tries = 0; row !== null && tries < 2; tries++) {
			const drawn = await drawOnce(row, way, { mayFrame: way === "deliver" && tries === 0 });
			row = drawn.row;
			if (!drawn.isOvertaken) break;
			const found = await store.find(home);
			// Somebody else drew it, and may not have come to note so.
			row =
				found !== null && found.viewHash === row.viewHash ? { ...found, viewHash: null, shown: null } : found;
		}
		if (drawnAt.size >= MOST_REMEMBERED) drawnAt.clear();
		drawnAt.set(keyOf(home), now());
		if (row?.state.tab === "stats" && row.personId !== null) drawSoon(row, TICK_MS);
	}

	/** `mayFrame`: what is not there soon has its frame shown first. `isOvertaken`: another view was published meanwhile. */
	async function drawOnce(
		known: HomeRow,
		way: Way,
		{ mayFrame }: { mayFrame: boolean },
	): Promise<{ row: HomeRow; isOvertaken: boolean }> {
		const withPicture = (noPicturesUntil.get(known.teamId) ?? 0) <= now();
		const reading = deps.read(known, { withPicture });
		// A frame must not be all that is ever seen. Here, because it may fail while the frame is on its way.
		reading.catch(() => drawSoon(known, AGAIN_AFTER_TROUBLE_MS));
		let row = known;
		if (mayFrame && (row.viewHash === null || (await isSlow(reading, FRAME_AFTER_MS)))) {
			const framed = await show(row, { view: deps.frame(row), shown: null }, way);
			if (framed === null) return { row, isOvertaken: true };
			row = framed;
		}
		const view = await reading;
		const shown = createHash("sha256").update(JSON.stringify(view)).digest("base64url");
		if (row.shown === shown) return { row, isOvertaken: false };
		const drawn = await show(row, { view, shown }, way);
		return { row: drawn ?? row, isOvertaken: drawn === null };
	}

	/** Null: another view was published meanwhile. `shown` null: it is not all yet. */
	async function show(
		row: HomeRow,
		{ view, shown }: { view: HomeView; shown: string | null },
		way: Way,
	): Promise<HomeRow | null> {
		const { teamId } = row;
		const { clients } = await workspaces.of(teamId);
		const result = await publishHome(clients[way], { userId: row.userId, view, viewHash: row.viewHash });
		switch (result.outcome) {
			case "published": {
				const published = { viewHash: result.viewHash, shown };
				await store.record(row, published);
				return { ...row, ...published };
			}
			case "conflict":
				return null;
			case "later":
				drawSoon(row, result.retryAfterMs);
				return row;
			case "unknown":
				drawSoon(row, AGAIN_IN_DOUBT_MS);
				return row;
			case "refused":
				if (isPictureRefused(result.error, view)) {
					noPicturesUntil.set(teamId, now() + NO_PICTURES_MS);
					drawSoon(row, 0);
				}
				log.info({ error: result.error, teamId }, "the home was not drawn");
				return row;
			default:
				return result satisfies never;
		}
	}

	/** Unless it is drawn before that anyway. */
	function drawSoon(home: HomeAddress, waitMs: number): void {
		const key = keyOf(home);
		const atMs = now() + waitMs;
		const planned = due.get(key);
		if (isStopped || (planned !== undefined && planned.atMs <= atMs)) return;
		clearTimeout(planned?.timer);
		const { teamId, userId } = home;
		const timer = setTimeout(() => {
			due.delete(key);
			inBackground(drawAgain({ teamId, userId }));
		}, waitMs);
		timer.unref();
		due.set(key, { timer, atMs });
	}

	async function drawAgain(home: HomeAddress): Promise<void> {
		const row = await store.find(home);
		if (row === null || row.openedAt.getTime() < now() - LOOKED_AT_MS) return;
		// Before all that a home says is read for nothing.
		const publish = { method: "views.publish", channelId: null, way: "progress" } as const;
		const { room, waitMs } = budgets.of(home.teamId).look(publish);
		if (room < 1) drawSoon(home, waitMs);
		else await draw(home, "progress");
	}

	async function drawConcerned(teamId: string, personIds: string[]): Promise<void> {
		const rows = await store.findConcerned({ teamId, personIds, since: new Date(now() - LOOKED_AT_MS) });
		for (const row of rows) {
			const freeAtMs = (drawnAt.get(keyOf(row)) ?? 0) + EVERY_MS[row.state.tab];
			drawSoon(row, Math.max(SETTLE_MS, freeAtMs - now()));
		}
	}

	function inBackground(work: Promise<void>): void {
		const watched = work
			.catch((error: unknown) => log.warn({ err: error }, "a home was not brought up to date"))
			.finally(() => looking.delete(watched));
		looking.add(watched);
	}

	return {
		async opened({ personId, isNew, ...home }) {
			await store.touch({ ...home, personId, at: new Date(now()) });
			if (isNew) await store.record(home, { viewHash: null, shown: null });
			await draw(home, "deliver");
		},
		async show({ personId, state, ...home }) {
			await store.touch({
				...home,
				personId,
				...(state === undefined ? {} : { state }),
				at: new Date(now()),
			});
			await draw(home, "deliver");
		},
		changed(session) {
			const teamId = session.threads[0]?.teamId;
			if (isStopped || teamId === undefined || !noticeChange(session)) return;
			const personIds = session.prompts.flatMap(({ author }) => author?.personId ?? []);
			inBackground(drawConcerned(teamId, personIds));
		},
		async stop() {
			isStopped = true;
			for (const { timer } of due.values()) clearTimeout(timer);
			due.clear();
			await Promise.all(looking);
			await drawings.drain();
		},
	};
}
