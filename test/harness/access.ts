import { randomUUID } from "node:crypto";
import { pino } from "pino";
import type { Database } from "../../src/db/client.ts";
import { createGithubStore } from "../../src/github/store.ts";
import { syncRepositories } from "../../src/github/sync-repositories.ts";
import { createAccess, type ReadPermission } from "../../src/people/access.ts";
import type { PersonKind } from "../../src/people/decide-access.ts";
import type { RunningGithub } from "./playground-github.ts";

/** Numbers of the playground's accounts. */
export const GITHUB_IDS = {
	mia: 51_000_001,
	noah: 51_000_002,
	zoe: 51_000_003,
	omar: 51_000_004,
	priya: 51_000_005,
};
export type Account = keyof typeof GITHUB_IDS;

/** Access over the playground's GitHub, with a clock that can be moved and a count of what GitHub was asked. */
export async function createAccessRig(database: Database, github: RunningGithub) {
	const { db } = database;
	const log = pino({ level: "silent" });
	const store = createGithubStore(db);
	const clock = { aheadMs: 0 };
	const now = () => Date.now() + clock.aheadMs;
	const asked: string[] = [];
	const state = { beforeAnswer: async (_login: string) => {} };
	const sync = () => syncRepositories({ github: github.github, store, newId: randomUUID, log });
	await sync();
	const readPermission: ReadPermission = async (question) => {
		asked.push(`${question.login} ${question.owner}/${question.name}`);
		const answer = await github.github.readPermission(question);
		await state.beforeAnswer(question.login);
		return answer;
	};
	const createWith = (ask: ReadPermission) =>
		createAccess({
			db,
			readPermission: ask,
			refreshRepositories: async () => {
				await sync();
			},
			canLink: true,
			now,
		});
	/** Another instance on the same database. */
	const create = () => createWith(readPermission);

	return {
		access: create(),
		create,
		createWith,
		clock,
		now,
		asked,
		state,
		sync,

		/** Someone in Slack, linked to a GitHub account if one is given; whoever had it before has none any more. */
		async person(options: { kind?: PersonKind; teamId?: string; login?: Account } = {}): Promise<string> {
			const { kind = "member", teamId = "T1", login } = options;
			const id = randomUUID();
			const name = login ?? "somebody";
			await db.insertInto("people").values({ id, name, email: null }).execute();
			const identity = { person_id: id, name, email: null };
			await db
				.insertInto("identities")
				.values({ provider: "slack", tenant: teamId, external_id: `U-${id}`, kind, ...identity })
				.execute();
			if (login === undefined) return id;
			const externalId = String(GITHUB_IDS[login]);
			await db.deleteFrom("identities").where("external_id", "=", externalId).execute();
			await db
				.insertInto("identities")
				.values({ provider: "github", tenant: "", external_id: externalId, ...identity })
				.execute();
			await db
				.insertInto("github_tokens")
				.values({ person_id: id, access_token: "sealed", updated_at: new Date() })
				.execute();
			return id;
		},

		async repository(name: string): Promise<string> {
			const row = await db
				.selectFrom("repositories")
				.select("id")
				.where("name", "=", name)
				.executeTakeFirstOrThrow();
			return row.id;
		},

		/** Does something at GitHub as its admin mia. */
		async atGithub(method: string, path: string, body?: object): Promise<void> {
			const answer = await fetch(`${github.playground.connection.apiUrl}${path}`, {
				method,
				headers: {
					authorization: "Bearer ghp_mia",
					"user-agent": "test",
					"content-type": "application/json",
				},
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
		},
	};
}

export type AccessRig = Awaited<ReturnType<typeof createAccessRig>>;
