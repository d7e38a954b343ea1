import { randomUUID } from "node:crypto";
import type { Insertable } from "kysely";
import type { Db } from "../../src/db/client.ts";
import type { Schema } from "../../src/db/schema.ts";

type Row<Table extends keyof Schema> = Partial<Insertable<Schema[Table]>>;

/** Rows of what leads to a pull request, written as they are: what is tested here is what reads them. */
export function createPullRequestRows(db: Db) {
	let number = 0;
	return {
		async person(name: string, github?: { id: number; login: string } | null): Promise<string> {
			const id = randomUUID();
			await db.insertInto("people").values({ id, name, email: null }).execute();
			const identity = { person_id: id, name, email: null };
			await db
				.insertInto("identities")
				.values({ provider: "slack", tenant: "T1", external_id: randomUUID(), ...identity })
				.execute();
			if (github) await this.link(id, github);
			return id;
		},
		async link(personId: string, github: { id: number; login: string }): Promise<void> {
			await db
				.insertInto("identities")
				.values({
					provider: "github",
					tenant: "",
					external_id: String(github.id),
					person_id: personId,
					name: github.login,
					email: null,
				})
				.execute();
		},
		async repository(fields: Row<"repositories"> = {}): Promise<string> {
			const id = randomUUID();
			await db
				.insertInto("repositories")
				.values({ id, owner: "acme", name: id, default_branch: "main", ...fields })
				.execute();
			return id;
		},
		async session(repositoryId: string | null, fields: Row<"sessions"> = {}): Promise<string> {
			const id = randomUUID();
			await db
				.insertInto("sessions")
				.values({ id, status: "ready", title: "t", repository_id: repositoryId, ...fields } as never)
				.execute();
			return id;
		},
		async prompt(sessionId: string, authorId: string | null, fields: Row<"prompts"> = {}): Promise<string> {
			const id = randomUUID();
			await db
				.insertInto("prompts")
				.values({
					id,
					session_id: sessionId,
					number: ++number,
					author_id: authorId,
					text: "Fix it",
					origin: JSON.stringify({ kind: "slack", teamId: "T1", channelId: "C1", messageTs: `${number}.0` }),
					idempotency_key: id,
					status: "done",
					attempt: 1,
					...fields,
				} as never)
				.execute();
			return id;
		},
		async pullRequest(
			of: { sessionId: string; repositoryId: string },
			fields: Row<"pull_requests"> = {},
		): Promise<string> {
			const id = randomUUID();
			await db
				.insertInto("pull_requests")
				.values({
					id,
					session_id: of.sessionId,
					repository_id: of.repositoryId,
					branch: id,
					base: "main",
					title: "t",
					body: "",
					state: "open",
					number: ++number,
					...fields,
				} as never)
				.execute();
			return id;
		},
	};
}
