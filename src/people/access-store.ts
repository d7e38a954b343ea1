import { sql } from "kysely";
import type { Tx } from "../db/client.ts";
import type { Permission } from "../db/schema/people.ts";
import type { KnownPermission, PersonKind, WorkspaceRules } from "./decide-access.ts";

export interface GithubAccount {
	githubId: number;
	login: string;
}

export interface AccessRows {
	memberships: { kind: PersonKind; rules: WorkspaceRules }[];
	github: GithubAccount | null;
	/** By repository id. */
	known: Map<string, KnownPermission>;
}

/** All that decides what a person may do in these repositories, in one question. */
export async function readAccess(tx: Tx, personId: string, repositoryIds: string[]): Promise<AccessRows> {
	const { rows } = await sql<{
		memberships: AccessRows["memberships"] | null;
		github: GithubAccount | null;
		known: { repositoryId: string; permission: Permission; checkedAtMs: number }[] | null;
	}>`
		select
			(select json_agg(json_build_object('kind', i.kind, 'rules', json_build_object(
				'allowGuests', coalesce(w.allow_guests, false),
				'allowExternals', coalesce(w.allow_externals, false),
				'allowBots', coalesce(w.allow_bots, false),
				'unlinked', coalesce(w.unlinked, 'hold')
			))) from identities i left join workspaces w on w.team_id = i.tenant
			where i.person_id = ${personId} and i.provider = 'slack') as memberships,
			(select json_build_object('githubId', i.external_id::bigint, 'login', i.name) from identities i
			where i.person_id = ${personId} and i.provider = 'github') as github,
			(select json_agg(json_build_object(
				'repositoryId', a.repository_id, 'permission', a.permission,
				'checkedAtMs', extract(epoch from a.checked_at) * 1000
			)) from repository_access a
			where a.person_id = ${personId} and a.repository_id = any(${repositoryIds}::uuid[])) as known
	`.execute(tx);
	const row = rows[0];
	return {
		memberships: row?.memberships ?? [],
		github: row?.github ?? null,
		known: new Map((row?.known ?? []).map(({ repositoryId, ...known }) => [repositoryId, known])),
	};
}

/**
 * Before GitHub is asked: of which account and which repository, null where there is none any more, and what somebody
 * else may have heard meanwhile. Leaves a row that nobody believes, so that a `forget` from here on is noticed: the row
 * is gone then, also where it was asked anew.
 */
export async function beginQuestion(
	tx: Tx,
	personId: string,
	repositoryId: string,
): Promise<{
	account: GithubAccount | null;
	repository: { owner: string; name: string; installationId: number } | null;
	row: (KnownPermission & { id: number }) | null;
}> {
	const { rows } = await sql<Awaited<ReturnType<typeof beginQuestion>>>`
		with asked as (
			select id, owner, name, installation_id from repositories
			where id = ${repositoryId} and removed_at is null and installation_id is not null
		), noted as (
			insert into repository_access (person_id, repository_id, permission, checked_at)
			select ${personId}, id, 'none', 'epoch' from asked
			-- changes nothing, but only a row that is written is returned
			on conflict (person_id, repository_id) do update set checked_at = repository_access.checked_at
			returning id, permission, checked_at
		)
		select
			(select json_build_object('githubId', external_id::bigint, 'login', name) from identities
			where person_id = ${personId} and provider = 'github') as account,
			(select json_build_object('owner', owner, 'name', name, 'installationId', installation_id) from asked)
				as repository,
			(select json_build_object(
				'id', id, 'permission', permission, 'checkedAtMs', extract(epoch from checked_at) * 1000
			) from noted) as row
	`.execute(tx);
	return rows[0] ?? { account: null, repository: null, row: null };
}

/**
 * False: it was forgotten before it came, a newer one came before it, or the person has another account by now. `at`:
 * when it was asked for.
 */
export async function keepAnswer(
	tx: Tx,
	answer: {
		rowId: number;
		personId: string;
		repositoryId: string;
		githubId: number;
		permission: Permission;
		at: Date;
	},
): Promise<boolean> {
	const row = await tx
		.updateTable("repository_access")
		.set({ permission: answer.permission, checked_at: answer.at })
		.where("id", "=", answer.rowId)
		.where("person_id", "=", answer.personId)
		.where("repository_id", "=", answer.repositoryId)
		.where("checked_at", "<=", answer.at)
		.where(({ exists, selectFrom }) =>
			exists(
				selectFrom("identities")
					.select("identities.person_id")
					.where("identities.person_id", "=", answer.personId)
					.where("identities.provider", "=", "github")
					.where("identities.external_id", "=", String(answer.githubId)),
			),
		)
		.returning("person_id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Drops what GitHub said of a person, of a repository, of the two together, or of all. */
export async function forgetAnswers(
	tx: Tx,
	of: { personId?: string | undefined; repositoryId?: string | undefined },
): Promise<void> {
	let query = tx.deleteFrom("repository_access");
	if (of.personId !== undefined) query = query.where("person_id", "=", of.personId);
	if (of.repositoryId !== undefined) query = query.where("repository_id", "=", of.repositoryId);
	await query.execute();
}

/** Deletes what nobody would believe any more. */
export async function forgetOldAnswers(tx: Tx, before: Date): Promise<void> {
	await tx.deleteFrom("repository_access").where("checked_at", "<", before).execute();
}

/** A GitHub account has another name now; its number stays. */
export async function renameAccount(tx: Tx, { githubId, login }: GithubAccount, at: Date): Promise<void> {
	await tx
		.updateTable("identities")
		.set({ name: login, checked_at: at })
		.where("provider", "=", "github")
		.where("external_id", "=", String(githubId))
		.execute();
}
