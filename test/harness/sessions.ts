import { randomUUID } from "node:crypto";
import { pino } from "pino";
import type { LoggedEvent } from "../../src/contract/event.ts";
import type { Database } from "../../src/db/client.ts";
import { createListener } from "../../src/db/listener.ts";
import { createJobs } from "../../src/jobs/worker.ts";
import { maskSecrets } from "../../src/masking/mask-secrets.ts";
import type { Access } from "../../src/people/access.ts";
import { createSessions } from "../../src/sessions/create-sessions.ts";
import { createEventLog } from "../../src/sessions/log/event-log.ts";
import type { NewPrompt } from "../../src/sessions/sessions.ts";
import { openAccess } from "./open-access.ts";

/** The domain over a real database, without edges: what one instance of Bobbin is made of. */
export function createCore(
	database: Database,
	options: { instanceId?: string; level?: string; access?: Access } = {},
) {
	const log = pino({ level: options.level ?? "silent" });
	const now = Date.now;
	const newId = randomUUID;
	const instanceId = options.instanceId ?? randomUUID();
	const listener = createListener({ database, log });
	const eventLog = createEventLog({ database, listener, log, now });
	const jobs = createJobs({ database, instanceId, log });
	const access = options.access ?? openAccess;
	const sessions = createSessions({
		...{ db: database.db, eventLog, enqueue: jobs.enqueue, access, now, newId },
		mask: maskSecrets,
	});
	return {
		database,
		log,
		now,
		newId,
		instanceId,
		listener,
		eventLog,
		jobs,
		access,
		sessions,
		mask: maskSecrets,
	};
}

export type Core = ReturnType<typeof createCore>;

let count = 0;

export function aThread(threadTs = `${Date.now()}.${count++}`) {
	return { teamId: "T1", channelId: "C1", threadTs };
}

export function aPrompt(authorId: string, fields: Partial<NewPrompt> = {}): NewPrompt {
	return {
		idempotencyKey: `key-${randomUUID()}`,
		authorId,
		text: "Fix the cart total",
		files: [],
		context: {},
		origin: { kind: "slack", teamId: "T1", channelId: "C1", messageTs: `${count++}.0` },
		...fields,
	};
}

export async function aPerson(core: Core, name = "Mia"): Promise<string> {
	const { personId } = await core.sessions.rememberPerson({
		provider: "slack",
		tenant: "T1",
		externalId: randomUUID(),
		name,
		email: `${name.toLowerCase()}@example.com`,
		kind: "member",
	});
	return personId;
}

export async function aRepository(
	database: Database,
	name = `shop-${randomUUID().slice(0, 8)}`,
	description = "The web shop",
) {
	const id = randomUUID();
	await database.db
		.insertInto("repositories")
		.values({
			id,
			owner: "acme",
			name,
			default_branch: "main",
			description,
		})
		.execute();
	return { id, owner: "acme", name };
}

/** Resolves with the first event that `matches`, from the log or as it comes. */
export function waitForEvent(
	core: Core,
	sessionId: string,
	matches: (event: LoggedEvent) => boolean,
): Promise<LoggedEvent> {
	return new Promise((resolve) => {
		const end = core.sessions.subscribe(
			sessionId,
			(event) => {
				if (!matches(event)) return;
				end();
				resolve(event);
			},
			{ afterSeq: 0 },
		);
	});
}
