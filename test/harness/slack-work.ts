import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../src/errors.ts";
import { closeAttemptJob } from "../../src/jobs/queue.ts";
import { maskSecrets } from "../../src/masking/mask-secrets.ts";
import { createBeginAttempts } from "../../src/sessions/attempts/begin-attempts.ts";
import { createCloseAttempt } from "../../src/sessions/attempts/close-attempt.ts";
import { findSlackUser } from "../../src/sessions/context/context-store.ts";
import { createRunPrompt } from "../../src/sessions/turn/run-prompt.ts";
import { createClients } from "../../src/slack/web-api/clients.ts";
import { fetchFile } from "../../src/slack/web-api/fetch-file.ts";
import { openAccess } from "./open-access.ts";
import { createFakeAgent, createFakeSandboxes } from "./run-edges.ts";
import { createSlackWorkspace } from "./slack-workspace.ts";

type WorkspaceOptions = NonNullable<Parameters<typeof createSlackWorkspace>[0]>;

const ROUTING = { how: "named" as const, reason: "you named it", confidence: null };

/**
 * A workspace in which prompts run, with an agent that is played: `agent.state.script` is asked for each turn. The jobs
 * of a session run one after the other, as the job runner would have them.
 */
export async function createSlackWork(
	options: WorkspaceOptions & {
		/** Where a session belongs; undefined: whoever plays it settles that. Left out: nowhere. */
		repositoryId?: (sessionId: string) => Promise<string | null | undefined>;
	} = {},
) {
	const agent = createFakeAgent();
	const { sandboxes, made } = createFakeSandboxes();
	const tails = new Map<string, Promise<void>>();
	const closing = new AbortController();
	/** Aborts what runs, as an instance does that goes. */
	let leaving = new AbortController();
	const workspace = await createSlackWorkspace({
		...options,
		showJobs: true,
		onJob(name, payload) {
			options.onJob?.(name, payload);
			if (!("sessionId" in payload)) return;
			const sessionId = String(payload.sessionId);
			if (name === "route-session") queue(sessionId, () => route(sessionId));
			if (name === "run-prompt") queue(sessionId, () => run(sessionId));
			if (name === "begin-attempts") queue(sessionId, () => again(() => beginAttempts(sessionId)));
			if (name === "close-attempt")
				queue(`close:${sessionId}`, () => closeAttempt(closeAttemptJob.schema.parse(payload)));
		},
	});
	const { database, eventLog, sessions, log } = workspace;
	const now = options.now ?? Date.now;
	const { deliver: asking } = createClients({ apiUrl: workspace.proxy.apiUrl }, log, {
		...{ token: workspace.playground.connection.botToken, teamId: null, onTokenOver: async () => {} },
	});
	const runPrompt = createRunPrompt({
		db: database.db,
		instanceId: randomUUID(),
		eventLog,
		control: workspace.control,
		checkBudget: workspace.budget.check,
		enqueue: workspace.enqueue,
		access: openAccess,
		sandboxes,
		connectAgent: agent.connectAgent,
		mask: maskSecrets,
		// The playground's files lie at its own address.
		fetchFile: (file) => fetchFile({ client: asking, ...workspace.playground.connection }, file),
		gatherContext: (promptId) => workspace.slack.gatherContext(promptId),
		progress: { follow: (sessionId, promptId) => workspace.slack.followProgress(sessionId, promptId) },
		settlePullRequests: async () => {},
		newToken: () => `token-${randomUUID()}`,
		log,
		now,
		newId: randomUUID,
	});

	function queue(sessionId: string, work: () => Promise<void>): void {
		const before = tails.get(sessionId) ?? Promise.resolve();
		const next = before
			.then(async () => {
				if (!closing.signal.aborted) await work();
			})
			.catch((err: unknown) => {
				if (!closing.signal.aborted && !leaving.signal.aborted) log.error({ err }, "a job failed");
			});
		tails.set(sessionId, next);
	}

	/** As the job runner does where Slack asks to wait. */
	async function again(work: () => Promise<void>): Promise<void> {
		for (;;) {
			try {
				return await work();
			} catch (error) {
				if (!(error instanceof AppError) || !error.retryable) throw error;
				await delay(500, undefined, { signal: closing.signal });
			}
		}
	}

	async function route(sessionId: string): Promise<void> {
		const repositoryId = options.repositoryId === undefined ? null : await options.repositoryId(sessionId);
		if (repositoryId === undefined) return;
		await sessions.chooseRepository({ sessionId, personId: null, repositoryId, routing: ROUTING });
	}

	const beginAttempts = createBeginAttempts({
		db: database.db,
		enqueue: workspace.enqueue,
		startThread: (start) => workspace.slack.startThread(start),
		gatherContext: (promptId) => workspace.slack.gatherContext(promptId),
		findUser: (of) => findSlackUser(database.db, of),
		log,
	});
	const closedPullRequests: number[] = [];
	const closeAttempt = createCloseAttempt({
		db: database.db,
		enqueue: workspace.enqueue,
		sessions,
		sandboxes,
		log,
		github: { closePullRequest: async ({ number }) => void closedPullRequests.push(number) },
	});

	const run = (sessionId: string) =>
		runPrompt({ sessionId, signal: AbortSignal.any([closing.signal, leaving.signal]) });

	return {
		...workspace,
		agent,
		/** At GitHub, by their numbers. */
		closedPullRequests,
		closeAttempt,
		/** Undefined: there is none of this name. */
		sandboxState: (name: string) => made.get(name)?.info.state,
		/** What was written there, in whichever sandbox. */
		readSandboxFile(path: string): string | null {
			const found = [...made.values()].flatMap(({ files }) => files.get(path) ?? []);
			return found[0] === undefined ? null : new TextDecoder().decode(found[0]);
		},
		/** The instance that runs the session's turn goes; another one takes it up. */
		async takeOver(sessionId: string): Promise<void> {
			leaving.abort(new Error("this instance goes"));
			await tails.get(sessionId);
			leaving = new AbortController();
			queue(sessionId, () => run(sessionId));
		},
		async [Symbol.asyncDispose]() {
			closing.abort(new Error("the test is over"));
			await Promise.allSettled(tails.values());
			await workspace[Symbol.asyncDispose]();
		},
	};
}

export type SlackWork = Awaited<ReturnType<typeof createSlackWork>>;
