import { sql } from "kysely";
import type { Tx } from "../db/client.ts";

/**
 * Somebody who has a GitHub account here. `isKnownElsewhere`: they are known from Slack too; `isLive`: Bobbin has a token of
 * theirs; `isNear`: they and whoever is asked for have a Slack workspace in common, or one of them has none.
 */
export interface AccountOwner {
	personId: string;
	name: string;
	/** Empty for the first who connected it; of others, in other workspaces, one of those. */
	tenant: string;
	isNear: boolean;
	isKnownElsewhere: boolean;
	isLive: boolean;
}

/** Serializes everything that decides whose a GitHub account is, with whoever meets it for the first time too. */
export async function lockAccount(tx: Tx, githubId: number): Promise<void> {
	const key = `person:github::${githubId}`;
	await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
}

/** Serializes what is done to a person's accounts. */
export async function lockPerson(tx: Tx, personId: string): Promise<void> {
	await tx.selectFrom("people").select("id").where("id", "=", personId).forNoKeyUpdate().execute();
}

/** The first one first. */
export async function findOwners(
	tx: Tx,
	{ githubId, personId }: { githubId: number; personId: string },
): Promise<AccountOwner[]> {
	const teams = (await listTeams(tx, personId)).map(({ tenant }) => tenant);
	const rows = await tx
		.selectFrom("identities")
		.innerJoin("people", "people.id", "identities.person_id")
		.select(["people.id as personId", "people.name", "identities.tenant"])
		.select(({ exists, selectFrom }) => [
			exists(
				selectFrom("identities as other")
					.select("other.person_id")
					.whereRef("other.person_id", "=", "people.id")
					.where("other.provider", "<>", "github"),
			)
				.$castTo<boolean>()
				.as("isKnownElsewhere"),
			exists(
				selectFrom("github_tokens")
					.select("person_id")
					.whereRef("github_tokens.person_id", "=", "people.id")
					.where("github_tokens.state", "=", "live"),
			)
				.$castTo<boolean>()
				.as("isLive"),
		])
		.where("identities.provider", "=", "github")
		.where("identities.external_id", "=", String(githubId))
		.orderBy("identities.tenant")
		.execute();
	return Promise.all(
		rows.map(async (row) => {
			const theirs = await listTeams(tx, row.personId);
			const isApart = teams.length > 0 && theirs.length > 0;
			return { ...row, isNear: !isApart || theirs.some(({ tenant }) => teams.includes(tenant)) };
		}),
	);
}

/** The Slack workspaces from which a person is known. */
export function listTeams(tx: Tx, personId: string): Promise<{ tenant: string }[]> {
	return tx
		.selectFrom("identities")
		.select("tenant")
		.where("person_id", "=", personId)
		.where("provider", "=", "slack")
		.orderBy("tenant")
		.execute();
}

/**
 * Makes an account a person's, their only one, whoever had it before in that place. `email` null: commits carry the noreply
 * address. `tenant` as in `AccountOwner`.
 */
export async function giveAccount(
	tx: Tx,
	input: {
		personId: string;
		githubId: number;
		login: string;
		email: string | null;
		tenant?: string;
		at: Date;
	},
): Promise<void> {
	const { personId, login, email, tenant = "", at } = input;
	const externalId = String(input.githubId);
	await tx
		.deleteFrom("identities")
		.where("provider", "=", "github")
		.where("person_id", "=", personId)
		.where((eb) => eb.or([eb("external_id", "<>", externalId), eb("tenant", "<>", tenant)]))
		.execute();
	const columns = { person_id: personId, name: login, email, checked_at: at };
	await tx
		.insertInto("identities")
		.values({ provider: "github", tenant, external_id: externalId, kind: "member", ...columns })
		.onConflict((conflict) => conflict.columns(["provider", "tenant", "external_id"]).doUpdateSet(columns))
		.execute();
}

/** Two rows turned out to be one human: what the first did at GitHub was done by the second. */
export async function mergeDeeds(tx: Tx, fromId: string, toId: string): Promise<void> {
	await tx.updateTable("prompts").set({ author_id: toId }).where("author_id", "=", fromId).execute();
	await tx
		.updateTable("pull_request_reviews")
		.set({ person_id: toId })
		.where("person_id", "=", fromId)
		.execute();
	await tx.updateTable("pull_requests").set({ opened_by: toId }).where("opened_by", "=", fromId).execute();
	await tx.updateTable("pull_requests").set({ waits_for: toId }).where("waits_for", "=", fromId).execute();
}

/** What GitHub said of a person's rights was said of another account. */
export async function forgetAccess(tx: Tx, personId: string): Promise<void> {
	await tx.deleteFrom("repository_access").where("person_id", "=", personId).execute();
}
