import { sql } from "kysely";
import type { Problem } from "../../contract/event.ts";
import type { Tx } from "../../db/client.ts";
import { readAccess } from "../../people/access-store.ts";
import { findGithubAccount, type GithubAccount } from "../../people/account-store.ts";
import { isAdmitted } from "../../people/decide-access.ts";
import { toStorableJson } from "../log/storable.ts";

/** A pull request on its way: wanted, and not known to be at GitHub. */
export type Intent = NonNullable<Awaited<ReturnType<typeof findIntent>>>;

/** What is to be opened, before GitHub is asked. One that waited or was refused is wanted anew, as it is said now. */
export async function insertIntent(
	tx: Tx,
	intent: {
		id: string;
		sessionId: string;
		promptId: string | null;
		repositoryId: string;
		branch: string;
		base: string;
		title: string;
		body: string;
		draft: boolean;
		at: Date;
	},
): Promise<{ isNew: boolean }> {
	const { promptId, base, title, body, draft, at } = intent;
	const words = { prompt_id: promptId, base, title, body, draft, updated_at: at };
	const row = await tx
		.insertInto("pull_requests")
		.values({
			...words,
			id: intent.id,
			session_id: intent.sessionId,
			repository_id: intent.repositoryId,
			branch: intent.branch,
			state: "intended",
			created_at: at,
		})
		.onConflict((conflict) =>
			conflict
				.columns(["session_id", "branch"])
				.doUpdateSet({ ...words, waits_for: null, problem: null })
				.where("pull_requests.state", "=", "intended")
				.where((eb) =>
					eb.or([eb("pull_requests.waits_for", "is not", null), eb("pull_requests.problem", "is not", null)]),
				),
		)
		.returning("id")
		.executeTakeFirst();
	return { isNew: row?.id === intent.id };
}

export function findIntent(tx: Tx, id: string) {
	return selectIntents(tx).where("pull_requests.id", "=", id).executeTakeFirst();
}

/** Intents that nothing is known to stand in the way of: of a session, or all. */
export function readLooseIntents(tx: Tx, sessionId?: string) {
	const loose = selectIntents(tx)
		.where("pull_requests.waits_for", "is", null)
		.where("pull_requests.problem", "is", null)
		.orderBy("pull_requests.created_at");
	return (
		sessionId === undefined ? loose : loose.where("pull_requests.session_id", "=", sessionId)
	).execute();
}

function selectIntents(tx: Tx) {
	return tx
		.selectFrom("pull_requests")
		.innerJoin("repositories", "repositories.id", "pull_requests.repository_id")
		.selectAll("pull_requests")
		.select(["repositories.owner", "repositories.name", "repositories.default_branch"])
		.where("pull_requests.state", "=", "intended");
}

/** GitHub refused it for good, and whoever asked hears so: a later call begins anew. */
export async function deleteIntent(tx: Tx, id: string): Promise<void> {
	await tx.deleteFrom("pull_requests").where("id", "=", id).where("state", "=", "intended").execute();
}

/** Nobody wants it any more. False: GitHub may be asked for it in this moment. */
export async function dropIntent(tx: Tx, id: string): Promise<boolean> {
	const left = await tx
		.deleteFrom("pull_requests")
		.where("id", "=", id)
		.where("state", "=", "intended")
		.where((eb) =>
			eb.or([eb("opened_as", "is", null), eb("waits_for", "is not", null), eb("problem", "is not", null)]),
		)
		.returning("id")
		.executeTakeFirst();
	return left !== undefined;
}

/** The same where nobody is there to hear: it is kept for people to see. False: it is no intent any more. */
export async function giveUpIntent(tx: Tx, id: string, problem: Problem, at: Date): Promise<boolean> {
	const row = await tx
		.updateTable("pull_requests")
		.set({ problem: toStorableJson(problem), opened_by: null, opened_as: null, updated_at: at })
		.where("id", "=", id)
		.where("state", "=", "intended")
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** In whose name GitHub is asked, before it is asked. False: nobody wants it any more. */
export async function setOpener(tx: Tx, id: string, openedBy: string | null): Promise<boolean> {
	const row = await tx
		.updateTable("pull_requests")
		.set({ opened_by: openedBy, opened_as: openedBy === null ? "app" : "person" })
		.where("id", "=", id)
		.where("state", "=", "intended")
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** False: it waits already, or is no intent any more. */
export async function setWaiting(tx: Tx, id: string, personId: string, at: Date): Promise<boolean> {
	const row = await tx
		.updateTable("pull_requests")
		.set({ waits_for: personId, opened_by: null, opened_as: null, updated_at: at })
		.where("id", "=", id)
		.where("state", "=", "intended")
		.where("waits_for", "is", null)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Nothing waits for this person any more; gives back what did, oldest first. */
export async function takeWaiting(tx: Tx, personId: string): Promise<{ id: string; sessionId: string }[]> {
	const rows = await tx
		.updateTable("pull_requests")
		.set({ waits_for: null })
		.where("waits_for", "=", personId)
		.where("state", "=", "intended")
		.returning(["id", "session_id as sessionId", "created_at"])
		.execute();
	return rows.sort((a, b) => a.created_at.getTime() - b.created_at.getTime());
}

/** False: it was recorded before. */
export async function recordOpened(
	tx: Tx,
	input: {
		id: string;
		state: "open" | "merged" | "closed";
		number: number;
		url: string;
		title: string;
		base: string;
		draft: boolean;
		headSha: string;
		additions: number;
		deletions: number;
		at: Date;
	},
): Promise<{ openedBy: string | null; openedAs: "person" | "app" | null } | null> {
	const { id, at, headSha, ...values } = input;
	const row = await tx
		.updateTable("pull_requests")
		.set({ ...values, head_sha: headSha, waits_for: null, problem: null, opened_at: at, updated_at: at })
		.where("id", "=", id)
		.where("state", "=", "intended")
		.returning(["opened_by as openedBy", "opened_as as openedAs"])
		.executeTakeFirst();
	return row ?? null;
}

/** Who asked: the prompt's author; where Bobbin asked itself, whoever asked last before. Null: nobody ever did. */
export async function findAsker(
	tx: Tx,
	input: { sessionId: string; promptId: string | null },
): Promise<string | null> {
	const { rows } = await sql<{ author_id: string }>`
		select author_id from prompts
		where session_id = ${input.sessionId} and author_id is not null and attempt > 0
			and number <= coalesce((select number from prompts where id = ${input.promptId}), 2147483647)
		order by number desc limit 1
	`.execute(tx);
	return rows[0]?.author_id ?? null;
}

/** What a person, a repository and its people's workspaces want of pull requests. */
export async function readOpeningRules(
	tx: Tx,
	{ personId, repositoryId }: { personId: string | null; repositoryId: string },
) {
	const person =
		personId === null
			? undefined
			: await tx.selectFrom("people").select(["name", "draft"]).where("id", "=", personId).executeTakeFirst();
	const repository = await tx
		.selectFrom("repository_rules")
		.select(["draft", "app_opens"])
		.where("repository_id", "=", repositoryId)
		.executeTakeFirst();
	const memberships = personId === null ? [] : (await readAccess(tx, personId, [])).memberships;
	return {
		personName: person?.name ?? null,
		personDraft: person?.draft ?? null,
		repositoryDraft: repository?.draft ?? false,
		appOpens: repository?.app_opens ?? false,
		workspaceRules: memberships
			.filter(({ kind, rules }) => isAdmitted(kind, rules))
			.map(({ rules }) => rules.unlinked),
	};
}

/** Whose turns brought commits to a branch of a session, first come first. */
export async function readBranchAuthors(
	tx: Tx,
	of: { sessionId: string; branch: string },
): Promise<{ id: string; name: string; email: string | null; github: GithubAccount | undefined }[]> {
	const { rows } = await sql<{ id: string; name: string; email: string | null }>`
		select people.id, people.name, people.email from pushes
		join prompts on prompts.id = pushes.prompt_id
		join people on people.id = prompts.author_id
		where pushes.session_id = ${of.sessionId} and pushes.branch = ${of.branch}
		group by people.id order by min(pushes.at), people.id
	`.execute(tx);
	return Promise.all(rows.map(async (row) => ({ ...row, github: await findGithubAccount(tx, row.id) })));
}
