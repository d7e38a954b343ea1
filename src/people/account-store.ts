import type { Tx } from "../db/client.ts";

/** A person at GitHub. */
export interface GithubAccount {
	githubId: number;
	login: string;
	/** What their commits carry: a verified address that they chose, else GitHub's noreply address for them. */
	email: string;
}

/** The GitHub account of a person, whether or not Bobbin has a token of theirs now. */
export async function findGithubAccount(tx: Tx, personId: string): Promise<GithubAccount | undefined> {
	const row = await tx
		.selectFrom("identities")
		.select(["external_id", "name", "email"])
		.where("provider", "=", "github")
		.where("person_id", "=", personId)
		.executeTakeFirst();
	if (row === undefined) return undefined;
	const githubId = Number(row.external_id);
	return { githubId, login: row.name, email: row.email ?? toNoreplyAddress({ githubId, login: row.name }) };
}

/** Who has a GitHub account, the first one first: one human has one in each workspace where they connected it. */
export function listPeopleByGithubId(tx: Tx, githubId: number): Promise<{ personId: string }[]> {
	return tx
		.selectFrom("identities")
		.select("person_id as personId")
		.where("provider", "=", "github")
		.where("external_id", "=", String(githubId))
		.orderBy("tenant")
		.execute();
}

/** Linked: they have a GitHub account here, and a token of theirs that works as far as is known. */
export async function isLinked(tx: Tx, personId: string): Promise<boolean> {
	const row = await tx
		.selectFrom("identities")
		.innerJoin("github_tokens", "github_tokens.person_id", "identities.person_id")
		.select("identities.person_id")
		.where("identities.provider", "=", "github")
		.where("identities.person_id", "=", personId)
		.where("github_tokens.state", "=", "live")
		.executeTakeFirst();
	return row !== undefined;
}

/** A person's user id in a Slack workspace. */
export async function findSlackUser(
	tx: Tx,
	input: { personId: string; teamId: string },
): Promise<string | undefined> {
	const row = await tx
		.selectFrom("identities")
		.select("external_id")
		.where("provider", "=", "slack")
		.where("tenant", "=", input.teamId)
		.where("person_id", "=", input.personId)
		.executeTakeFirst();
	return row?.external_id;
}

/** The address by which GitHub knows its author without showing a real one. */
export function toNoreplyAddress(account: { githubId: number; login: string }): string {
	return `${account.githubId}+${account.login}@users.noreply.github.com`;
}
