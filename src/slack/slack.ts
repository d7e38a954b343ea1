import { App } from "@slack/bolt";
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
import { findSlackUser } from "../sessions/context/context-store.ts";
import type { Mask } from "../sessions/ports.ts";
import type { IntroduceChannel } from "../sessions/routing/introduce-channel.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { createChangeChannelSettings } from "../settings/change-channel-settings.ts";
import type { Accounts } from "./accounts.ts";
import { createApologise } from "./apologise.ts";
import { showWithComparison } from "./attempts/show-with-comparison.ts";
import { clientOptions, type SlackConnection, toSlackLogger } from "./clients.ts";
import { createConnectGithub } from "./connect-github.ts";
import { createGatherContext } from "./context/gather-context.ts";
import { fetchFile } from "./fetch-file.ts";
import { createHome } from "./home/create-home.ts";
import { createNotifyAuthor, type NotifyAuthor } from "./home/notify-author.ts";
import type { HomeParts } from "./home/read-home.ts";
import { createInbox } from "./inbox.ts";
import { createInboxStore } from "./inbox-store.ts";
import { createEntrance } from "./install/entrance.ts";
import { createInstallFlow, type InstallFlow } from "./install/install-flow.ts";
import { createInstallationStore } from "./install/installation-store.ts";
import { isUnknownWorkspace } from "./install/lifecycle.ts";
import { listenToInstalls } from "./install/listen-to-installs.ts";
import { readPlace } from "./install/payload-place.ts";
import { usedScopes } from "./install/uses.ts";
import { createInstanceCount } from "./instance-store.ts";
import { decideIntake } from "./intake.ts";
import type { Foresight, ListenerDeps, SlackBudget } from "./listeners/deps.ts";
import { listenToAll } from "./listeners/listen-to-all.ts";
import { createMessageStore } from "./message-store.ts";
import { createCapabilities } from "./native/capabilities.ts";
import { createChannelSigns } from "./native/code-channel/code-channel-store.ts";
import { createCodeChannels } from "./native/code-channel/code-channels.ts";
import type { ReadChanges } from "./native/code-channel/furnish.ts";
import { createNativeStatus } from "./native/native-status.ts";
import { createNativeStore } from "./native/native-store.ts";
import { createSuggestPrompts } from "./native/suggest-prompts.ts";
import { createBringPictures } from "./pictures/bring-pictures.ts";
import { createSlackPictureStore } from "./pictures/slack-picture-store.ts";
import { createPost, type PostOutcome } from "./post.ts";
import { createProgress } from "./progress.ts";
import { createRateBudgets } from "./rate-budget.ts";
import { createReadVerbosity } from "./read-verbosity.ts";
import { createReceiver } from "./receiver.ts";
import { createReply } from "./reply.ts";
import { createThreadShower } from "./show-thread.ts";
import { createSocketMode } from "./socket-mode.ts";
import { createStartStore } from "./start-store.ts";
import { createStartThread, type StartThread } from "./start-thread.ts";
import type { ReplyJudge } from "./talk/reply-judge.ts";
import { createSayElsewhere } from "./talk/say-elsewhere.ts";
import { createShowSoon } from "./talk/show-soon.ts";
import { type ChannelLine, createTellChannel } from "./tell-channel.ts";
import { threadUrl } from "./thread-url.ts";
import { createWhisper } from "./whisper.ts";
import { createWorkspaces } from "./workspaces.ts";

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
	const nativeStatus = createNativeStatus({
		...{ workspaces, capabilities, log, now },
		placeOf: async ({ threads }) => threads[0] ?? null,
		store: createNativeStore(db),
	});
	const channelStatus = createNativeStatus({
		...{ workspaces, capabilities, log, now },
		async placeOf({ id, threads }) {
			const channel = threads.length < 2 ? null : await codeChannels.find(id);
			if (channel?.state !== "open") return null;
			return threads.find(({ channelId }) => channelId === channel.channelId) ?? null;
		},
		store: createChannelSigns(db),
	});
	const store = createMessageStore(database);
	const pictures = createSlackPictureStore(db);
	const progress = createProgress({
		sessions,
		shower: () => shower,
		budgets,
		now,
		log,
	});
	const shower = createThreadShower({
		sessions,
		store,
		post: createPost({ store, pictures, newId, log }),
		bringPictures: createBringPictures({ store: pictures, readPicture: sessions.readPicture, now, log }),
		sessionUrl: deps.sessionUrl ?? (() => null),
		workspaces,
		followed: progress.stateOf,
		codeChannels,
		sayElsewhere: createSayElsewhere({
			findUser: (person) => findSlackUser(db, person),
			...{ store, workspaces, newId, log },
		}),
		onShown: (session) => {
			nativeStatus.reflect(session);
			channelStatus.reflect(session);
			homes.changed(session);
		},
		readVerbosity: createReadVerbosity(db),
		now,
	});
	const showWhole = showWithComparison({ db, show: shower.show, now });

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

	const receiver = createReceiver({
		signingSecret: connection.signingSecret,
		inbox: () => inbox,
		entrance: createEntrance({ workspaces, workspaceRules, db, reply, log, now }),
		log,
		now,
	});
	const inbox = createInbox({
		store: createInboxStore(database),
		handle: (body, attempt) => unlessUninstalled(() => receiver.handle(body, attempt), undefined),
		onGivenUp: (body) => apologise(body),
		laneOf: (body) => {
			const intake = decideIntake(body);
			return intake.do === "keep" ? intake.entry.lane : "";
		},
		log,
	});
	const app = new App({
		receiver,
		authorize: async (_source, body) => {
			const teamId = readPlace(body)?.teamId ?? "";
			const { botToken, botUserId, botId } = await workspaces.of(teamId);
			// Both ids: without them Bolt would take our own messages for somebody else's.
			return { botToken, teamId, botUserId, botId };
		},
		clientOptions: clientOptions(connection, log),
		logger: toSlackLogger(log),
	});
	// The inbox counts what failed and tries it again.
	app.error(async (error) => {
		throw error.code === "slack_bolt_multiple_listener_error" ? error : ((error.original ?? error) as Error);
	});
	const context = createGatherContext({ db, workspaces, sessions, log });
	const startThread = createStartThread({
		mask: deps.mask,
		workspaces,
		sessions,
		store: createStartStore(database),
		models: deps.models ?? [],
	});
	const shows = createShowSoon(async (sessionId) => {
		try {
			await shower.show(sessionId);
		} catch (error) {
			log.warn({ err: error, sessionId }, "the thread could not be shown at once; its job will");
		}
	});
	const whisper = createWhisper({ workspaces, log });
	const apologise = createApologise({ workspaces, sessions, reply, whisper });
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
		showNow: shows.show,
		log,
	};
	listenToAll(app, listenerDeps);
	listenToInstalls(app, { workspaces, log });
	const socket =
		connection.appToken !== null && connection.signingSecret === null
			? createSocketMode({
					connection: { ...connection, appToken: connection.appToken },
					take: receiver.take,
					log,
				})
			: null;

	/** Where the app was uninstalled nobody is left to be told: what was to be said ends quietly. */
	async function unlessUninstalled<T>(act: () => Promise<T>, otherwise: T): Promise<T> {
		try {
			return await act();
		} catch (error) {
			if (!isUnknownWorkspace(error)) throw error;
			log.info("left out: the app is not installed there any more");
			return otherwise;
		}
	}
	const SHOWN: PostOutcome = { outcome: "shown" };

	return {
		handleHttp: receiver.handleHttp,
		install,
		async start() {
			await workspaces.check();
			inbox.start();
			await socket?.start();
		},
		async stop() {
			await socket?.stop();
			await receiver.stop();
			await inbox.stop();
			await shows.drain();
			await context.drain();
			await progress.stop();
			await homes.stop();
			await nativeStatus.stop();
			await channelStatus.stop();
		},
		showThread: (sessionId) => unlessUninstalled(() => showWhole(sessionId), SHOWN),
		followProgress: progress.follow,
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
