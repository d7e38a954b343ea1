import { createAddressedJudge } from "../classifier/addressed.ts";
import { createFastModel } from "../classifier/fast-model.ts";
import { readTopic } from "../classifier/topic.ts";
import type { Budget } from "./budget/budget.ts";
import type { ChartAddresses } from "./charts/chart-addresses.ts";
import { isPublic } from "./charts/is-public.ts";
import type { Config } from "./config.ts";
import type { createAccounts } from "./create-accounts.ts";
import type { Database } from "./db/client.ts";
import type { Github } from "./github/github.ts";
import type { Enqueue } from "./jobs/queue.ts";
import type { Log } from "./log.ts";
import { maskSecrets } from "./masking/mask-secrets.ts";
import type { Access } from "./people/access.ts";
import { createLinkPeople } from "./playground/link-people.ts";
import type { Playground } from "./playground/playground.ts";
import type { Seal } from "./secrets/seal.ts";
import { createReadChanges } from "./sessions/pull-requests/read-changes.ts";
import { createCorrections } from "./sessions/routing/corrections.ts";
import { createIntroduceChannel } from "./sessions/routing/introduce-channel.ts";
import type { Sessions } from "./sessions/sessions.ts";
import { createSlack, type Slack } from "./slack/slack.ts";
import type { SlackConnection } from "./slack/web-api/clients.ts";
import type { Warm } from "./warm/warm.ts";

/** The sign that a reply is taken for a prompt must not wait longer. */
const JUDGE_WITHIN_MS = 1_500;

/** Joins Slack with what people do there: sessions, accounts, caps, homes. */
export function createSlackDoor(deps: {
	config: Pick<Config, "slack" | "publicUrl" | "agentModels" | "fastModel">;
	connection: SlackConnection;
	/** This process's own address. */
	origin: string;
	playground: Pick<Playground, "githubLoginOf">;
	database: Database;
	enqueue: Enqueue;
	seal: Seal;
	access: Access;
	accounts: ReturnType<typeof createAccounts>;
	sessions: Sessions;
	budget: Budget;
	warm: Warm;
	github: Pick<Github, "readDiff">;
	model: { baseUrl: string; apiKey: string };
	charts: ChartAddresses;
	sessionUrl: (sessionId: string) => string | null;
	log: Log;
	now: () => number;
	newId: () => string;
}): Slack {
	const { config, connection, database, enqueue, seal, access, accounts, sessions, budget, model } = deps;
	const { sessionUrl, log, now, newId } = deps;
	const { db } = database;
	const { linking } = accounts;
	const pictureUrl = pictureUrlOf(config, deps.origin);
	return createSlack({
		...{ connection, database, enqueue, seal, budget, sessionUrl, log, now, newId },
		sessions: { ...sessions, rememberPerson: createRememberPerson(deps) },
		foresight: deps.warm,
		mask: maskSecrets,
		readChanges: createReadChanges({ db, readDiff: deps.github.readDiff }),
		introduceChannel: createIntroduceChannel({ db, enqueue, access, readTopic, now }),
		models: config.agentModels,
		replyJudge: createAddressedJudge({
			model: createFastModel({ ...model, model: config.fastModel, timeoutMs: JUDGE_WITHIN_MS }),
			log,
			now,
		}),
		...(linking === null ? {} : { accounts: linking, releaseUnlinked: accounts.release }),
		home: {
			allowed: access.allowed,
			pictureUrlOf: pictureUrl === null ? null : (chart) => `${pictureUrl}${deps.charts.pathOf(chart)}`,
			corrections: createCorrections({ db, access, now }),
		},
	});
}

/** People of the playground have a GitHub account at once. */
function createRememberPerson(deps: {
	sessions: Sessions;
	accounts: Pick<ReturnType<typeof createAccounts>, "linking">;
	playground: Pick<Playground, "githubLoginOf">;
	log: Log;
}): Sessions["rememberPerson"] {
	const { sessions, playground, log } = deps;
	const { linking } = deps.accounts;
	if (linking === null) return sessions.rememberPerson;
	const linkPeople = createLinkPeople({
		loginOf: playground.githubLoginOf,
		hasSignedInOnce: async (personId) => (await linking.stateOf(personId)).state !== "never",
		invite: linking.invite,
		log,
	});
	return async (person) => {
		const known = await sessions.rememberPerson(person);
		if (person.provider === "slack")
			await linkPeople({ slackUserId: person.externalId, personId: known.personId });
		return known;
	};
}

/** Slack fetches pictures itself; the playground is on this machine. Null: from nowhere. */
function pictureUrlOf(
	{ slack, publicUrl }: Pick<Config, "slack" | "publicUrl">,
	origin: string,
): string | null {
	if (slack === null) return origin;
	return publicUrl !== null && isPublic(publicUrl) ? publicUrl : null;
}
