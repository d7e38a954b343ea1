import { sql } from "kysely";
import type { Db, Tx } from "../db/client.ts";
import { isCalled } from "../sessions/routing/repository-store.ts";
import type { CatalogueWords } from "./catalogue-words.ts";

/** A session begins on a repository. `first`: none ever did, so it has no image. */
export async function markRepositoryUsed(
	tx: Tx,
	input: { repositoryId: string; at: Date },
): Promise<{ first: boolean }> {
	const { rows } = await sql<{ first: boolean }>`
		with before as (select used_at from repository_builds where repository_id = ${input.repositoryId})
		insert into repository_builds (repository_id, used_at, checked_at)
		values (${input.repositoryId}, ${input.at}, ${input.at})
		on conflict (repository_id) do update set used_at = excluded.used_at
		returning (select used_at from before) is null as first
	`.execute(tx);
	return { first: rows[0]?.first ?? false };
}

/** Repositories whose turn it is to be looked at, each given to one instance only. */
export async function claimDueRepositories(
	tx: Tx,
	input: { now: Date; everyMs: number; activeMs: number },
): Promise<string[]> {
	const lookedBefore = new Date(input.now.getTime() - input.everyMs);
	const usedAfter = new Date(input.now.getTime() - input.activeMs);
	const { rows } = await sql<{ repository_id: string }>`
		update repository_builds set checked_at = ${input.now}
		where repository_id in (
			select b.repository_id from repository_builds b join repositories r on r.id = b.repository_id
			where b.used_at > ${usedAfter} and (b.checked_at is null or b.checked_at <= ${lookedBefore})
				and r.removed_at is null and not r.archived
			order by b.checked_at nulls first limit 100
			for update of b skip locked
		)
		returning repository_id
	`.execute(tx);
	return rows.map((row) => row.repository_id);
}

/** What people set for a repository, and how building it went; undefined where nothing was ever set or built. */
export function readBuilds(tx: Tx, repositoryId: string) {
	return tx
		.selectFrom("repository_builds")
		.selectAll()
		.where("repository_id", "=", repositoryId)
		.executeTakeFirst();
}

/** A new recipe is tried at once, whatever became of the one before. */
export async function setBuilds(
	tx: Tx,
	repositoryId: string,
	set: {
		recipeText?: string | null | undefined;
		/** Of that recipe; null: of none. */
		words?: CatalogueWords | null;
		buildsOnPush?: boolean | undefined;
	},
): Promise<void> {
	const { recipeText, words, buildsOnPush } = set;
	const columns = {
		...(recipeText === undefined ? {} : { recipe_text: recipeText, failures: 0, next_try_at: null }),
		...words,
		...(buildsOnPush === undefined ? {} : { builds_on_push: buildsOnPush }),
	};
	if (Object.keys(columns).length === 0) return;
	await tx
		.insertInto("repository_builds")
		.values({ repository_id: repositoryId, ...columns })
		.onConflict((conflict) => conflict.column("repository_id").doUpdateSet(columns))
		.execute();
}

/** How many builds failed one after the other, this one counted; and what the channel was told last. */
export async function lockBuilds(
	tx: Tx,
	repositoryId: string,
): Promise<{ failures: number; told: string | null }> {
	const row = await tx
		.insertInto("repository_builds")
		.values({ repository_id: repositoryId })
		.onConflict((conflict) =>
			conflict
				.column("repository_id")
				.doUpdateSet((eb) => ({ failures: eb.ref("repository_builds.failures") })),
		)
		.returning(["failures", "told_problem"])
		.executeTakeFirstOrThrow();
	return { failures: row.failures, told: row.told_problem };
}

export async function recordBuild(
	tx: Tx,
	repositoryId: string,
	record: { failures: number; nextTryAt: Date | null; told: string | null; words?: CatalogueWords },
): Promise<void> {
	await tx
		.updateTable("repository_builds")
		.set({
			failures: record.failures,
			next_try_at: record.nextTryAt,
			told_problem: record.told,
			...record.words,
		})
		.where("repository_id", "=", repositoryId)
		.execute();
}

/** Where people hear of a repository: the channels that are its own, else that of its newest session. */
export async function listChannels(
	tx: Tx,
	repositoryId: string,
): Promise<{ teamId: string; channelId: string }[]> {
	const own = await tx
		.selectFrom("channels")
		.select(["team_id as teamId", "channel_id as channelId"])
		.where("default_repository_id", "=", repositoryId)
		.orderBy("channel_id")
		.execute();
	if (own.length > 0) return own;
	return tx
		.selectFrom("sessions")
		.innerJoin("threads", "threads.session_id", "sessions.id")
		.select(["threads.team_id as teamId", "threads.channel_id as channelId"])
		.where("sessions.repository_id", "=", repositoryId)
		.orderBy("sessions.created_at", "desc")
		.limit(1)
		.execute();
}

/** A turn is at work, or waits to be, in some session on this repository. */
export async function hasOpenTurns(db: Db, repositoryId: string): Promise<boolean> {
	const row = await db
		.selectFrom("prompts")
		.innerJoin("sessions", "sessions.id", "prompts.session_id")
		.select("prompts.id")
		.where("sessions.repository_id", "=", repositoryId)
		.where("prompts.status", "in", ["queued", "running"])
		.limit(1)
		.executeTakeFirst();
	return row !== undefined;
}

/** The repository of an address, if it may be worked on and builds when it is pushed to. */
export function findBuiltOnPush(db: Db, address: { owner: string; name: string }) {
	return db
		.selectFrom("repositories")
		.innerJoin("repository_builds", "repository_builds.repository_id", "repositories.id")
		.select(["repositories.id", "repositories.default_branch"])
		.where(isCalled(address))
		.where("repositories.removed_at", "is", null)
		.where("repositories.archived", "=", false)
		.where("repository_builds.builds_on_push", "=", true)
		.executeTakeFirst();
}
