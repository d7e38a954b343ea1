import { randomBytes, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { createClassifier, guessByRules } from "../classifier/classify.ts";
import { createFastModel } from "../classifier/fast-model.ts";
import type { AgentTarget } from "./agent/agent.ts";
import { keepConnections } from "./agent/keep-connections.ts";
import { createOpencodeDriver } from "./agent/opencode-driver.ts";
import { createBudget } from "./budget/budget.ts";
import { createChartAddresses } from "./charts/chart-addresses.ts";
import { createDrawChart } from "./charts/draw-chart.ts";
import { chooseProvider } from "./choose-provider.ts";
import { chooseVendors } from "./choose-vendors.ts";
import type { Config } from "./config.ts";
import { createAccounts } from "./create-accounts.ts";
import { createHttp } from "./create-http.ts";
import { createSandboxGateway } from "./create-sandbox-gateway.ts";
import { createSlackDoor } from "./create-slack-door.ts";
import { createSlackInstall } from "./create-slack-install.ts";
import { createTasks } from "./create-tasks.ts";
import { createWebhooks } from "./create-webhooks.ts";
import { prepareDataDir } from "./data-dir.ts";
import { connectDatabase } from "./db/connect.ts";
import { deleteOldRows } from "./db/delete-old-rows.ts";
import { createListener } from "./db/listener.ts";
import { createGithub } from "./github/app.ts";
import { createRefreshRepositories } from "./github/refresh-repositories.ts";
import { createGithubStore } from "./github/store.ts";
import { syncAtStart, syncRepositories } from "./github/sync-repositories.ts";
import { createPreview } from "./http/preview/preview.ts";
import { listen } from "./http/server.ts";
import { createImages } from "./images/create-images.ts";
import { sweepEvery } from "./jobs/sweep-every.ts";
import { createJobs } from "./jobs/worker.ts";
import type { Log } from "./log.ts";
import { maskSecrets } from "./masking/mask-secrets.ts";
import { createAccess } from "./people/access.ts";
import { forgetOldAnswers } from "./people/access-store.ts";
import { findPrograms } from "./programs.ts";
import { openSeal } from "./secrets/open-seal.ts";
import { createSessions } from "./sessions/create-sessions.ts";
import { createEventLog } from "./sessions/log/event-log.ts";
import { createPullRequests } from "./sessions/pull-requests/open-pull-request.ts";
import { createRecordPushes } from "./sessions/pull-requests/record-pushes.ts";
import { createReleaseOpenings } from "./sessions/pull-requests/release-openings.ts";
import { recheckLatest, recheckPerson } from "./sessions/reviews/request-review-check.ts";
import { findRepositoryByName } from "./sessions/routing/repository-store.ts";
import { findPreviewSandbox } from "./sessions/sandbox/find-preview-sandbox.ts";
import { createHousekeeping } from "./sessions/sandbox/housekeeping.ts";
import { listLiveSandboxNames } from "./sessions/sandbox/sandbox-store.ts";
import { createSessionControl } from "./sessions/turn/session-control.ts";
import { createWarm } from "./warm/warm.ts";

export interface App {
	/** Where this process answers, for example `http://127.0.0.1:3000`. */
	origin: string;
	/** The one address to open. */
	address: string;
	/** Makes a sandbox ready for the next session on a repository. */
	warm(repositoryId: string): Promise<void>;
	/** Takes nothing new, hands over what runs, lets go of everything. What is under way goes on at the next start. */
	stop(): Promise<void>;
}

export interface AppDeps {
	log: Log;
	/** Told what start-up is doing. */
	progress: (step: string) => void;
	now?: () => number;
	newId?: () => string;
}

const HOUSEKEEPING_MS = 60_000;
const IMAGE_SWEEP_MS = 60_000;
const REDELIVER_MS = 5 * 60_000;
const OLD_ROWS_MS = 60 * 60_000;
const KEEP_AGENT_MS = 10 * 60_000;
const WARM_LIMIT_MS = 120_000;

/**
 * Joins the parts and starts them. Each part that is not set is embedded.
 *
 * @throws AppError with a sentence that says what to do, when a part cannot be used
 */
export async function createApp(config: Config, deps: AppDeps): Promise<App> {
	const { log, progress } = deps;
	const now = deps.now ?? Date.now;
	const newId = deps.newId ?? randomUUID;
	const instanceId = newId();
	const undo: (() => Promise<unknown>)[] = [];
	const stop = async () => {
		for (const step of undo.splice(0).reverse()) {
			await step().catch((err) => log.error({ err }, "a part could not be stopped"));
		}
	};

	try {
		const { dir, sharedDir } = await prepareDataDir(config.dataDir);
		const server = await listen({ host: config.host, port: config.port, log });
		undo.push(server.close);
		const { origin } = server;

		progress(config.databaseUrl ? "connecting to the database" : "starting PostgreSQL");
		const database = await connectDatabase({ databaseUrl: config.databaseUrl, sharedDir });
		undo.push(database.stopServer, database.close);
		const { db } = database;
		const listener = createListener({ database, log });
		const eventLog = createEventLog({ database, listener, log, now });
		const control = createSessionControl({ listener });
		const jobs = createJobs({ database, instanceId, log });
		await listener.start();
		undo.push(listener.stop, eventLog.stop);

		const vendors = await chooseVendors({ config, dataDir: dir, origin, progress, log });
		const { playground, model, publicUrl } = vendors;
		undo.push(playground.stop);

		const github = createGithub({ ...vendors.github, log, now });
		const githubStore = createGithubStore(db);
		const domain = { db, enqueue: jobs.enqueue, now, newId };
		const repositoryLimits = config.repositories;
		const seal = openSeal({ keys: config.encryptionKeys, dataDir: dir });
		const accounts = createAccounts({
			...domain,
			github: vendors.github,
			seal,
			publicUrl,
			releases: [
				createReleaseOpenings(domain),
				async (tx, personId) => {
					await recheckPerson(tx, jobs.enqueue, personId);
					return { sessionIds: [] };
				},
			],
			log,
		});
		const { canLink } = accounts;
		const access = createAccess({
			db,
			readPermission: github.readPermission,
			refreshRepositories: () => refreshRepositories(),
			canLink,
			now,
		});
		const sessions = createSessions({ ...domain, eventLog, access, canLink, mask: maskSecrets });
		const sessionUrl = (sessionId: string) =>
			vendors.isReachable ? `${publicUrl}/sessions/${sessionId}` : null;
		const pullRequests = createPullRequests({
			...{ ...domain, github, access, canLink, sessionUrl, log },
			tokens: accounts.userTokens,
		});
		const sync = () => syncRepositories({ github, store: githubStore, newId, log });
		const refreshRepositories = createRefreshRepositories({ sync, log, now });
		const webhooks = createWebhooks({
			...domain,
			github,
			store: githubStore,
			secret: vendors.github.webhookSecret,
			access,
			rememberPerson: sessions.rememberPerson,
			userTokens: accounts.userTokens,
			mask: maskSecrets,
			onPush: (push) => images.onPush(push),
			syncRepositories: sync,
			log,
		});

		const pushes = createRecordPushes({ ...domain, readBranchHead: github.readBranchHead });
		const budget = createBudget({ ...domain, access, defaults: config.budget });
		const gateway = createSandboxGateway({
			...{ ...domain, access, budget, model, github, pushes, pullRequests, refreshRepositories, log },
		});
		const provider = await chooseProvider(config, {
			sharedDir,
			programs: findPrograms(),
			gateway: getRequestListener(gateway.fetch),
			log,
			now,
		});
		undo.push(provider.close);
		const images = createImages({ ...domain, ...config.images, repositoryLimits, sandboxes: provider, log });
		// Before the door opens: what comes in queues jobs.
		await jobs.prepare();
		const housekeeping = createHousekeeping({ ...domain, ...config.sandbox, sandboxes: provider, log });
		undo.push(housekeeping.stopAllIdle, jobs.stop);
		const startsAtOnce = config.sandbox.daytona ? Number.POSITIVE_INFINITY : availableParallelism();
		const driver = keepConnections(createOpencodeDriver({ log, now, startsAtOnce }), KEEP_AGENT_MS);
		undo.push(driver.closeAll);
		const { agentModel, agentModels: models, fastModel } = config;
		const agentModels = { model: agentModel, models, fastModel };
		const connectAgent = (
			target: Omit<AgentTarget, "provider" | keyof typeof agentModels> & { model?: string },
			signal: AbortSignal,
		) => driver.connect({ ...agentModels, ...target, provider }, signal);
		const newToken = () => randomBytes(32).toString("hex");
		const warm = createWarm({
			...{ database, access, connectAgent, repositoryLimits, instanceId, log, now, newId, newToken },
			sandboxes: provider,
			guessRepository: guessByRules,
			limits: config.pool,
		});
		const charts = createChartAddresses({ seal, now });
		const slack = createSlackDoor({
			...{ ...domain, config, connection: vendors.slack, origin, playground, database, seal, access },
			...{ accounts, sessions, budget, warm, github, model, charts, sessionUrl, log },
		});
		const classifier = createClassifier({
			model: createFastModel({ ...model, model: fastModel }),
			log,
		});

		const preview = createPreview({
			findSandbox: (session) => findPreviewSandbox({ db, sandboxes: provider }, session),
			portTarget: provider.portTarget,
			log,
		});

		const home = playground.slack ? "/playground/slack/" : "/healthz";
		const app = createHttp({
			...{ db, preview, gateway, slack, webhooks, warm, sessions, images, playground, home, now },
			budget,
			findRepositoryId: async (name) => (await findRepositoryByName(db, name))?.id ?? null,
			signIn: accounts.createRoutes(slack.workspaceName),
			slackInstall: createSlackInstall({
				...{ config, install: slack.install, origin, log },
				playgroundName: (id) => playground.slack?.describe().users.find((user) => user.id === id)?.name,
			}),
			charts: { readChart: charts.read, drawChart: createDrawChart() },
			pool: database.pool,
			figuresMs: config.keep.historyMs,
		});
		server.open(app, [preview.upgrade, ...(playground.slack ? [playground.slack.upgrade] : [])]);

		progress("taking up what was left");
		await playground.start();
		await provider.recover(await listLiveSandboxNames(db, provider.name));
		const stopSync = await syncAtStart({ sync, log });
		undo.push(async () => stopSync());
		await pullRequests.heal();
		await jobs.work(
			createTasks({
				...domain,
				...agentModels,
				instanceId,
				eventLog,
				control,
				access,
				sessions,
				classify: classifier.classify,
				slack,
				github,
				provider,
				driver,
				pullRequests,
				pushes,
				release: accounts.release,
				sessionUrl,
				mask: maskSecrets,
				canLink,
				checkBudget: budget.check,
				repositoryLimits,
				refreshRepositories,
				everyMs: config.images.everyMs,
				prepareAgent: async (target, signal) => {
					const agent = await connectAgent(target, signal);
					await agent.warmUp().finally(agent.close);
				},
				readBranchHead: github.readBranchHead,
				log,
				newToken,
			}),
		);
		undo.push(sweepEvery(HOUSEKEEPING_MS, housekeeping.round, log));
		undo.push(sweepEvery(IMAGE_SWEEP_MS, images.sweep, log));
		undo.push(sweepEvery(OLD_ROWS_MS, () => deleteOldRows({ db, log, now }, config.keep), log));
		undo.push(sweepEvery(OLD_ROWS_MS, () => forgetOldAnswers(db, new Date(now() - OLD_ROWS_MS)), log));
		await slack.start();
		undo.push(slack.stop);
		// Not awaited: GitHub may take its time for each.
		webhooks.replay().catch((err) => log.error({ err }, "GitHub webhooks could not be replayed"));
		await recheckLatest(db, jobs.enqueue);
		undo.push(webhooks.drain);
		undo.push(sweepEvery(REDELIVER_MS, github.redeliver, log));
		await warm.start();
		undo.push(warm.stop);

		return {
			origin,
			address: `${origin}${home}`,
			warm: (repositoryId) => warm.prepare(repositoryId, AbortSignal.timeout(WARM_LIMIT_MS)),
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
