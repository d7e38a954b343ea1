import manifest from "../../manifests/slack-app.json" with { type: "json" };
import type { PromptFile, PromptOrigin, Thread } from "../contract/session.ts";
import type { Database, Tx } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import { isAdmin } from "../people/roles.ts";
import { createSetWorkspaceRule } from "../people/set-workspace-rule.ts";
import { isShared } from "../people/several-workspaces-store.ts";
import { createDraftWishes } from "../people/wish-drafts.ts";
import { readWorkspaceRules } from "../people/workspace-store.ts";
import type { Seal } from "../secrets/seal.ts";
import type { Mask } from "../sessions/ports.ts";
import type { IntroduceChannel } from "../sessions/routing/introduce-channel.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { createChangeChannelSettings } from "../settings/change-channel-settings.ts";
import type { Accounts } from "./accounts.ts";
import { createConnectGithub } from "./connect-github.ts";
import { createGatherContext } from "./context/gather-context.ts";
import { createHome } from "./home/create-home.ts";
import { createNotifyAuthor, type NotifyAuthor } from "./home/notify-author.ts";
import type { HomeParts } from "./home/read-home.ts";
import { createEntrance } from "./install/entrance.ts";
import { createInstallFlow, type InstallFlow } from "./install/install-flow.ts";
import { createInstallationStore } from "./install/installation-store.ts";
import { listenToInstalls } from "./install/listen-to-installs.ts";
import { createUnlessUninstalled } from "./install/unless-uninstalled.ts";
import { usedScopes } from "./install/uses.ts";
import type { Foresight, ListenerDeps, SlackBudget } from "./listeners/deps.ts";
import { listenToAll } from "./listeners/listen-to-all.ts";
import { createCapabilities } from "./native/capabilities.ts";
import { createCodeChannels } from "./native/code-channel/code-channels.ts";
import type { ReadChanges } from "./native/code-channel/furnish.ts";
import { createSuggestPrompts } from "./native/suggest-prompts.ts";
import { createReceiving } from "./receiving/create-receiving.ts";
import { createApologise } from "./saying/apologise.ts";
import { createReply } from "./saying/reply.ts";
import { type ChannelLine, createTellChannel } from "./saying/tell-channel.ts";
import { createWhisper } from "./saying/whisper.ts";
import { createShowing } from "./showing/create-showing.ts";
import { createMessageStore } from "./showing/message-store.ts";
import type { PostOutcome } from "./showing/post.ts";
import { createStartStore } from "./start-store.ts";
import { createStartThread, type StartThread } from "./start-thread.ts";
import type { ReplyJudge } from "./talk/reply-judge.ts";
import { threadUrl } from "./thread-url.ts";
import type { SlackConnection } from "./web-api/clients.ts";
import { fetchFile } from "./web-api/fetch-file.ts";
import { createInstanceCount } from "./web-api/instance-store.ts";
import { createRateBudgets } from "./web-api/rate-budget.ts";
import { createWorkspaces } from "./web-api/workspaces.ts";

export interface SlackDeps {
	connection: SlackConnection;
	database: Pick<Database, "db">;
	enqueue: Enqueue;
	/** For the tokens of workspaces. */
	seal: Seal;
	sessions: Sessions;
	foresight: Foresight;
	/** Takes secrets out of what people write. */
	mask: Mask;
	/** Those that people may choose, the default first. Left out: nobody chooses one. */
	models?: readonly string[];
	/** Says for whom replies are meant that mention nobody of us. Left out: every reply is a prompt. */
	replyJudge?: ReplyJudge;
	/** Left out: nothing has a cap. */
	budget?: SlackBudget;
	/** Left out: nobody can connect a GitHub account here. */
	accounts?: Accounts;
	/** Lets everything go on that waits for a person's GitHub account. Left out: nothing does. */
	releaseUnlinked?: (tx: Tx, personId: string) => Promise<unknown>;
	/** Left out: homes show no repositories, no pictures and nothing that was learned. */
	home?: HomeParts;
	/** A session's page on the web. Left out: it has no address. */
	sessionUrl?: (sessionId: string) => string | null;
	/** What a session changed, for the tab of its channel. Left out: there is none. */
	readChanges?: ReadChanges;
	/** Left out: nothing is said in channels of which Bobbin knows nothing yet. */
	introduceChannel?: IntroduceChannel;
	log: Log;
	now: () => number;
	newId: () => string;
}

/** Bobbin's door to Slack: what people say there becomes prompts, and threads show what the log says. */
export interface Slack {
	/** `POST /slack/events`: events, commands, interactivity, options. */
	handleHttp(request: Request): Promise<Response>;
	/** Null: nobody can install the app in further workspaces here. */
	install: InstallFlow | null;
	/** Takes up what a crash left over; in Socket Mode also connects. @throws AppError `slack_unavailable` */
	start(): Promise<void>;
	/** Takes nothing new and waits for what is under way. */
	stop(): Promise<void>;
	/** Makes the session's thread show what its log says; idempotent. @throws AppError `session_not_found` */
	showThread(sessionId: string): Promise<PostOutcome>;
	/** Keeps the prompt's status message moving until `stop`, which waits for the last edit. */
	followProgress(sessionId: string, promptId: string): { stop(): Promise<void> };
	/** Asks a person, privately in a session's thread, to connect GitHub. */
	askToLink(input: { sessionId: string; personId: string }): Promise<PostOutcome>;
	/** Tells a person, privately in a session's thread, that GitHub is connected and work goes on. */
	tellLinked(input: { sessionId: string; personId: string }): Promise<PostOutcome>;
	/** Tells a prompt's author by a direct message how it ended, once. */
	notifyAuthor: NotifyAuthor;
	/** A workspace's name; null: it is not ours. @throws AppError `slack_unavailable` */
	workspaceName(teamId: string): Promise<string | null>;
	/** Where a thread is read, for those whom Slack lets see it. @throws AppError `workspace_unknown`, `slack_unavailable` */
	threadUrl(thread: Thread): Promise<string>;
	/** Makes a prompt of something that was asked for elsewhere than by a message in a thread. */
	startThread: StartThread;
	/** Says a line in a channel, once. */
	tellChannel(line: ChannelLine): Promise<PostOutcome>;
	/** Reads what was said around a prompt, if that is still to be done, and keeps it with the prompt. */
	gatherContext(promptId: string): Promise<void>;
	/** The bytes of a file of a prompt that came from Slack. @throws AppError `file_too_large`, `file_refused`, `slack_unavailable` */
	fetchFile(file: PromptFile, origin: PromptOrigin): Promise<Uint8Array>;
}

export function createSlack(deps: SlackDeps): Slack {
	const { connection, database, sessions, log, now, newId } = deps;
	const { db } = database;
	const installations = createInstallationStore({ db, seal: deps.seal });
	const budgets = createRateBudgets({ now, instances: createInstanceCount({ db, now, log }) });
	const { enqueue } = deps;
	const workspaces = createWorkspaces({ connection, installations, db, enqueue, budgets, log, now });
	const reply = createReply({ workspaces, log });
	const workspaceRules = (teamId: string) => readWorkspaceRules(db, teamId);
	const draftWishes = createDraftWishes({ db, now });
	const homes = createHome({
		...{
			sessions,
			db,
			workspaces,
			budgets,
			workspaceRules,
			draftWishes,
			models: deps.models ?? [],
			log,
			now,
		},
		isShared: () => isShared(db),
		isAdmin: (of) => isAdmin(db, of),
		...(deps.accounts === undefined ? {} : { accounts: deps.accounts }),
		...(deps.budget === undefined ? {} : { budget: deps.budget }),
		parts: deps.home ?? null,
	});
	const capabilities = createCapabilities({ log, now });
	const codeChannels = createCodeChannels({
		...{ db, workspaces, capabilities, log, now },
		...(deps.readChanges === undefined ? {} : { readChanges: deps.readChanges }),
	});
	const store = createMessageStore(database);
	const showing = createShowing({
		...{ db, sessions, workspaces, budgets, capabilities, codeChannels, store, homes, log, now, newId },
		sessionUrl: deps.sessionUrl ?? (() => null),
	});
	const notifyAuthor = createNotifyAuthor({ db, sessions, workspaces, log });
	const tellChannel = createTellChannel({ workspaces, log });
	const { oauth } = connection;
	const install = oauth
		? createInstallFlow({
				connection: { ...connection, oauth },
				scopes: usedScopes({ codeChannels: connection.codeChannels ?? false }),
				botName: manifest.features.bot_user.display_name,
				...{ workspaces, installations, seal: deps.seal, log, now },
			})
		: null;
	const connectGithub =
		deps.accounts === undefined
			? null
			: createConnectGithub({
					sessions,
					accounts: deps.accounts,
					store,
					workspaces,
					newId,
					now,
					log,
				});

	const context = createGatherContext({ db, workspaces, sessions, log });
	const startThread = createStartThread({
		mask: deps.mask,
		workspaces,
		sessions,
		store: createStartStore(database),
		models: deps.models ?? [],
	});
	const whisper = createWhisper({ workspaces, log });
	const listenerDeps: ListenerDeps = {
		sessions,
		workspaces,
		startThread,
		codeChannels,
		enqueue,
		changeChannelSettings: createChangeChannelSettings({ db: database.db, now }),
		whisper,
		db: database.db,
		models: deps.models ?? [],
		replyJudge: deps.replyJudge ?? null,
		reply,
		workspaceRules,
		isAdmin: (of) => isAdmin(database.db, of),
		setWorkspaceRule: createSetWorkspaceRule({
			...{ db, now },
			release: deps.releaseUnlinked ?? (async () => {}),
		}),
		foresight: deps.foresight,
		mask: deps.mask,
		beginGathering(promptId) {
			context.gather(promptId).catch((err: unknown) => {
				log.warn({ err, promptId }, "what was said around a prompt is read when it runs");
			});
		},
		...(deps.accounts === undefined ? {} : { accounts: deps.accounts }),
		...(deps.budget === undefined ? {} : { budget: deps.budget }),
		...(deps.introduceChannel === undefined ? {} : { introduceChannel: deps.introduceChannel }),
		draftWishes,
		homes,
		...(deps.home === undefined
			? {}
			: {
					suggestPrompts: createSuggestPrompts({
						...{ db, workspaces, capabilities, log, now },
						allowed: deps.home.allowed,
					}),
				}),
		...(deps.home === undefined ? {} : { forgetCorrection: deps.home.corrections.removeCorrection }),
		now,
		newId,
		showNow: showing.showNow,
		log,
	};
	const unlessUninstalled = createUnlessUninstalled(log);
	const receiving = createReceiving({
		...{ connection, database, workspaces, unlessUninstalled, log, now },
		entrance: createEntrance({ workspaces, workspaceRules, db, reply, whisper, log, now }),
		listen(app) {
			listenToAll(app, listenerDeps);
			listenToInstalls(app, { workspaces, log });
		},
		apologise: createApologise({ workspaces, sessions, reply, whisper }),
	});
	const SHOWN: PostOutcome = { outcome: "shown" };

	return {
		handleHttp: receiving.handleHttp,
		install,
		async start() {
			await workspaces.check();
			await receiving.start();
		},
		async stop() {
			await receiving.stop();
			await context.drain();
			await showing.stop();
			await homes.stop();
		},
		showThread: (sessionId) => unlessUninstalled(() => showing.show(sessionId), SHOWN),
		followProgress: showing.follow,
		askToLink: (input) => unlessUninstalled(async () => (await connectGithub?.ask(input)) ?? SHOWN, SHOWN),
		tellLinked: (input) =>
			unlessUninstalled(async () => (await connectGithub?.tellLinked(input)) ?? SHOWN, SHOWN),
		notifyAuthor: (end) => unlessUninstalled(() => notifyAuthor(end), SHOWN),
		async workspaceName(teamId) {
			try {
				return (await workspaces.of(teamId)).teamName;
			} catch (error) {
				if (error instanceof AppError && error.code === "workspace_unknown") return null;
				throw error;
			}
		},
		threadUrl: async (thread) => threadUrl((await workspaces.of(thread.teamId)).url, thread),
		startThread,
		gatherContext: context.gather,
		tellChannel: (line) => unlessUninstalled(() => tellChannel(line), SHOWN),
		async fetchFile(file, origin) {
			if (origin.kind !== "slack") throw new Error(`a file of a prompt from ${origin.kind}`);
			const { clients, botToken } = await workspaces.of(origin.teamId);
			return fetchFile({ client: clients.deliver, botToken, apiUrl: connection.apiUrl }, file);
		},
	};
}
