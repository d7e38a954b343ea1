import { sql } from "kysely";
import type { Problem } from "../contract/event.ts";
import type { BuildReason, ImageStep } from "../contract/image.ts";
import type { Db, Tx } from "../db/client.ts";
import { toStorableJson, toStorableText } from "../sessions/log/storable.ts";
import { ringPool } from "../sessions/sandbox/warm-claim-store.ts";
import type { UsedRecipe } from "./ports.ts";

const DAY_MS = 24 * 60 * 60_000;
const LOG_KEPT_MS = 14 * DAY_MS;
/** Whoever has just read which image is the newest must have the time to make a sandbox of it. */
const GRACE_MS = 10 * 60_000;
/** A repository that we lost may come back in a moment. */
const LOST_AFTER_MS = DAY_MS;

const INTERRUPTED: Problem = {
	code: "interrupted",
	message: "Whoever built it went away in the middle; it is begun again.",
	retryable: true,
};

/** The image that new sandboxes of a repository begin with. */
export function findNewestImage(
	tx: Tx,
	input: { repositoryId: string; provider: string },
): Promise<{ id: string; snapshot: string; commit_sha: string } | undefined> {
	return newestReady(tx, input).select(["id", "snapshot", "commit_sha"]).executeTakeFirst();
}

/** What a sandbox of an image is made from; undefined: it is not in use any more. */
export function findImageSnapshot(tx: Tx, imageId: string): Promise<{ snapshot: string } | undefined> {
	return tx
		.selectFrom("images")
		.select("snapshot")
		.where("id", "=", imageId)
		.where("state", "=", "ready")
		.executeTakeFirst();
}

function newestReady(tx: Tx, input: { repositoryId: string; provider: string }) {
	return tx
		.selectFrom("images")
		.where("repository_id", "=", input.repositoryId)
		.where("provider", "=", input.provider)
		.where("state", "=", "ready")
		.orderBy("started_at", "desc")
		.limit(1);
}

/** The newest ready image with what it was built by, and when any was last begun. */
export async function readBuildHistory(tx: Tx, input: { repositoryId: string; provider: string }) {
	const newest = await newestReady(tx, input)
		.select(["id", "snapshot", "commit_sha", "recipe", "started_at"])
		.executeTakeFirst();
	const last = await tx
		.selectFrom("images")
		.select("started_at")
		.where("repository_id", "=", input.repositoryId)
		.where("provider", "=", input.provider)
		// One that was cut off is begun again for the same wish.
		.where(sql<boolean>`(problem is null or problem ->> 'code' <> ${INTERRUPTED.code})`)
		.orderBy("started_at", "desc")
		.limit(1)
		.executeTakeFirst();
	return { newest, lastStartedAt: last?.started_at ?? null };
}

/** Writes the row of an image that is about to be built. A unique index lets one be built at a time. */
export async function beginImage(
	tx: Tx,
	image: {
		id: string;
		repositoryId: string;
		provider: string;
		snapshot: string;
		commitSha: string;
		reason: BuildReason;
		at: Date;
	},
): Promise<void> {
	await tx
		.insertInto("images")
		.values({
			id: image.id,
			repository_id: image.repositoryId,
			provider: image.provider,
			snapshot: image.snapshot,
			commit_sha: image.commitSha,
			recipe: "{}",
			recipe_hash: "",
			reason: image.reason,
			state: "building",
			started_at: image.at,
		})
		.execute();
}

/** Gives up what is being built of a repository. Should its builder only have been frozen, its writes count no more. */
export async function interruptImages(
	tx: Tx,
	input: { repositoryId: string; provider: string; at: Date },
): Promise<void> {
	await tx
		.updateTable("images")
		.set({ state: "failed", problem: JSON.stringify(INTERRUPTED), finished_at: input.at })
		.where("repository_id", "=", input.repositoryId)
		.where("provider", "=", input.provider)
		.where("state", "=", "building")
		.execute();
}

/** False: somebody else builds this repository now; leave. */
export async function noteProgress(
	tx: Tx,
	imageId: string,
	progress: { step: string | null; steps: ImageStep[]; log: string; commitSha: string },
): Promise<boolean> {
	const { step, steps, log, commitSha } = progress;
	const result = await tx
		.updateTable("images")
		.set({
			step,
			steps: toStorableJson(steps),
			commit_sha: commitSha,
			log: toStorableText(log),
		})
		.where("id", "=", imageId)
		.where("state", "=", "building")
		.executeTakeFirst();
	return result.numUpdatedRows > 0n;
}

/** False: somebody else builds this repository now. */
export async function finishImage(
	tx: Tx,
	imageId: string,
	end:
		| { state: "ready"; used: UsedRecipe; recipeHash: string; sizeBytes: number | null; at: Date }
		| { state: "failed"; step: string | null; problem: Problem; at: Date },
): Promise<boolean> {
	const result = await tx
		.updateTable("images")
		.set({
			state: end.state,
			finished_at: end.at,
			...(end.state === "ready"
				? {
						step: null,
						recipe: toStorableJson(end.used),
						recipe_hash: end.recipeHash,
						size_bytes: end.sizeBytes,
					}
				: {
						...(end.step === null ? {} : { step: end.step }),
						problem: toStorableJson(end.problem),
					}),
		})
		.where("id", "=", imageId)
		.where("state", "=", "building")
		.executeTakeFirst();
	if (end.state === "ready") await ringPool(tx);
	return result.numUpdatedRows > 0n;
}

/**
 * Gives up images that have a successor and are used by nothing: no sandbox was made of them, no session could be
 * restored onto them. All images of a repository that is lost or archived go the same way.
 */
export async function retireImages(db: Db, input: { provider: string; now: Date }): Promise<void> {
	const { provider, now } = input;
	await sql`
		update images i set state = 'deleted'
		where i.provider = ${provider} and i.state = 'ready'
			and (
				exists (
					select 1 from images newer
					where newer.repository_id = i.repository_id and newer.provider = i.provider
						and newer.state = 'ready' and newer.started_at > i.started_at
						and newer.finished_at <= ${before(now, GRACE_MS)}
				)
				or exists (
					select 1 from repositories r
					where r.id = i.repository_id and (r.removed_at is not null or r.archived)
						and coalesce(r.removed_at, r.updated_at) <= ${before(now, LOST_AFTER_MS)}
				)
			)
			and not exists (select 1 from sandboxes s where s.image_id = i.id and s.deleted_at is null)
			and not exists (
				select 1 from session_snapshots p join sandboxes s on s.id = p.sandbox_id
				where s.image_id = i.id and p.state in ('taking', 'ready')
			)
	`.execute(db);
}

/** Its snapshot is not there any more. */
export async function dropImage(db: Db, imageId: string, at: Date): Promise<void> {
	await db
		.updateTable("images")
		.set({ state: "deleted", deleted_at: at })
		.where("id", "=", imageId)
		.where("state", "=", "ready")
		.execute();
}

/** Snapshots that nobody may use any more and that may still be there. */
export async function listDeadSnapshots(
	db: Db,
	provider: string,
): Promise<{ id: string; snapshot: string }[]> {
	return db
		.selectFrom("images")
		.select(["id", "snapshot"])
		.where("provider", "=", provider)
		.where("state", "in", ["failed", "deleted"])
		.where("deleted_at", "is", null)
		.orderBy("started_at")
		.limit(100)
		.execute();
}

export async function markSnapshotGone(db: Db, imageId: string, at: Date): Promise<void> {
	await db.updateTable("images").set({ deleted_at: at }).where("id", "=", imageId).execute();
}

/** Old logs of what is not in use are not worth their room. */
export async function dropOldLogs(db: Db, now: Date): Promise<void> {
	await db
		.updateTable("images")
		.set({ log: "" })
		.where("log", "<>", "")
		.where("finished_at", "<=", before(now, LOG_KEPT_MS))
		.where("state", "in", ["failed", "deleted"])
		.execute();
}

function before(now: Date, ms: number): Date {
	return new Date(now.getTime() - ms);
}

const SHOWN = [
	"id",
	"state",
	"commit_sha",
	"reason",
	"step",
	"steps",
	"problem",
	"recipe",
	"size_bytes",
	"started_at",
	"finished_at",
] as const;

/** The last image that was begun, and the one in use. `tail`: the end of its log, so many characters. */
export async function readImages(
	db: Db,
	input: { repositoryId: string; provider: string; tailCharacters: number },
) {
	const tail = sql<string>`right(log, ${input.tailCharacters})`.as("tail");
	const newest = await db
		.selectFrom("images")
		.select(SHOWN)
		.select(tail)
		.where("repository_id", "=", input.repositoryId)
		.where("provider", "=", input.provider)
		.orderBy("started_at", "desc")
		.limit(1)
		.executeTakeFirst();
	const inUse = await newestReady(db, input).select(SHOWN).select(tail).executeTakeFirst();
	return { newest, inUse };
}

export type ImageRow = NonNullable<Awaited<ReturnType<typeof readImages>>["newest"]>;

export async function readImageLog(
	db: Db,
	input: { repositoryId: string; imageId: string },
): Promise<string | undefined> {
	const row = await db
		.selectFrom("images")
		.select("log")
		.where("repository_id", "=", input.repositoryId)
		.where("id", "=", input.imageId)
		.executeTakeFirst();
	return row?.log;
}
