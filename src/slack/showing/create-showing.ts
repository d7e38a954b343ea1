import type { Database } from "../../db/client.ts";
import type { Log } from "../../log.ts";
import { findSlackUser } from "../../sessions/context/context-store.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { showWithComparison } from "../attempts/show-with-comparison.ts";
import type { Homes } from "../home/homes.ts";
import type { Capabilities } from "../native/capabilities.ts";
import { createChannelSigns } from "../native/code-channel/code-channel-store.ts";
import type { CodeChannels } from "../native/code-channel/code-channels.ts";
import { createNativeStatus } from "../native/native-status.ts";
import { createNativeStore } from "../native/native-store.ts";
import { createBringPictures } from "../pictures/bring-pictures.ts";
import { createSlackPictureStore } from "../pictures/slack-picture-store.ts";
import { createSayElsewhere } from "../talk/say-elsewhere.ts";
import { createShowSoon } from "../talk/show-soon.ts";
import type { RateBudgets } from "../web-api/rate-budget.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import type { MessageStore } from "./message-store.ts";
import { createPost } from "./post.ts";
import { createProgress } from "./progress.ts";
import { createReadVerbosity } from "./read-verbosity.ts";
import { createThreadShower } from "./show-thread.ts";

/** The way out: threads, Slack's own signs beside them, and homes are brought to what the log says. */
export function createShowing(deps: {
	db: Database["db"];
	sessions: Sessions;
	workspaces: Workspaces;
	budgets: RateBudgets;
	capabilities: Capabilities;
	codeChannels: CodeChannels;
	store: MessageStore;
	homes: Pick<Homes, "changed">;
	sessionUrl: (sessionId: string) => string | null;
	log: Log;
	now: () => number;
	newId: () => string;
}) {
	const { db, sessions, workspaces, budgets, capabilities, codeChannels, store, homes, log, now, newId } =
		deps;
	const threadStatus = createNativeStatus({
		...{ workspaces, capabilities, log, now, view: sessions.view },
		placeOf: async ({ threads }) => threads[0] ?? null,
		store: createNativeStore(db),
	});
	const channelStatus = createNativeStatus({
		...{ workspaces, capabilities, log, now, view: sessions.view },
		async placeOf({ id, threads }) {
			const channel = threads.length < 2 ? null : await codeChannels.find(id);
			if (channel?.state !== "open") return null;
			return threads.find(({ channelId }) => channelId === channel.channelId) ?? null;
		},
		store: createChannelSigns(db),
	});
	const pictures = createSlackPictureStore(db);
	const progress = createProgress({ sessions, shower: () => shower, budgets, now, log });
	const shower = createThreadShower({
		...{ sessions, store, workspaces, codeChannels, now },
		post: createPost({ store, pictures, newId, log }),
		bringPictures: createBringPictures({ store: pictures, readPicture: sessions.readPicture, now, log }),
		sessionUrl: deps.sessionUrl,
		followed: progress.stateOf,
		sayElsewhere: createSayElsewhere({
			findUser: (person) => findSlackUser(db, person),
			...{ store, workspaces, newId, log },
		}),
		onShown: (session) => {
			threadStatus.reflect(session);
			channelStatus.reflect(session);
			homes.changed(session);
		},
		readVerbosity: createReadVerbosity(db),
	});
	const soon = createShowSoon(async (sessionId) => {
		try {
			await shower.show(sessionId);
		} catch (error) {
			log.warn({ err: error, sessionId }, "the thread could not be shown at once; its job will");
		}
	});

	return {
		/** The session's thread, and the comparison that it is part of. @throws AppError `session_not_found` */
		show: showWithComparison(shower.show, now),
		/** The thread at once. What fails is left to the job. */
		showNow: soon.show,
		follow: progress.follow,
		async stop(): Promise<void> {
			await soon.drain();
			await progress.stop();
			await threadStatus.stop();
			await channelStatus.stop();
		},
	};
}
