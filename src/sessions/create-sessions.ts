import type { Db } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Access } from "../people/access.ts";
import { createAcceptThreadPrompt } from "./accept-thread-prompt.ts";
import { createAskRepository } from "./ask-repository.ts";
import { createCancelPrompt } from "./cancel-prompt.ts";
import { createChooseRepository } from "./choose-repository.ts";
import type { EventLog } from "./event-log.ts";
import { createRememberPerson } from "./remember-person.ts";
import { createRetryPrompt } from "./retry-prompt.ts";
import { createSearchRepositories } from "./search-repositories.ts";
import { findThread } from "./session-store.ts";
import type { Sessions } from "./sessions.ts";
import { createStopSession } from "./stop-session.ts";
import { createViewSession } from "./view-session.ts";

/** The domain as its edges see it, joined from one file for each use case. */
export function createSessions(deps: {
	db: Db;
	eventLog: EventLog;
	enqueue: Enqueue;
	access: Pick<Access, "allowed">;
	now: () => number;
	newId: () => string;
	/** Whether people can connect GitHub accounts here. Left out: they cannot, so nothing waits for it. */
	canLink?: boolean;
}): Sessions {
	const { db, eventLog } = deps;
	return {
		rememberPerson: createRememberPerson(deps),
		findByThread: async (thread) => (await findThread(db, thread)) ?? null,
		acceptThreadPrompt: createAcceptThreadPrompt(deps),
		chooseRepository: createChooseRepository(deps),
		askRepository: createAskRepository(deps),
		stop: createStopSession(deps),
		cancelPrompt: createCancelPrompt(deps),
		retryPrompt: createRetryPrompt(deps),
		view: createViewSession(deps),
		readEvents: (input) => eventLog.read(input),
		subscribe: (sessionId, onEvent, options) => eventLog.subscribe(sessionId, onEvent, options),
		searchRepositories: createSearchRepositories(deps),
	};
}
