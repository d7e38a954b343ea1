import type { Db } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Access } from "../people/access.ts";
import { createPickAttempt } from "./attempts/pick-attempt.ts";
import { createKeepContext, findPendingContext } from "./context/complete-context.ts";
import { createDropContext } from "./context/drop-context.ts";
import { createViewSent } from "./context/view-sent.ts";
import type { EventLog } from "./log/event-log.ts";
import { createViewSession } from "./log/view-session.ts";
import { readPicture } from "./pictures/picture-store.ts";
import type { Mask } from "./ports.ts";
import { createAnswerQuestion } from "./questions/answer-question.ts";
import { createAcceptThreadPrompt } from "./queue/accept-thread-prompt.ts";
import { createCancelPrompt } from "./queue/cancel-prompt.ts";
import { createEditPrompt } from "./queue/edit-prompt.ts";
import { createHoldBack } from "./queue/hold-back.ts";
import { createRetryPrompt } from "./queue/retry-prompt.ts";
import { createStopSession } from "./queue/stop-session.ts";
import { createWithdrawPrompt } from "./queue/withdraw-prompt.ts";
import { createRememberPerson } from "./remember-person.ts";
import { createRenameSession } from "./rename-session.ts";
import { createAskRepository } from "./routing/ask-repository.ts";
import { createChooseRepository } from "./routing/choose-repository.ts";
import { createMoveSession } from "./routing/move-session.ts";
import { createSearchRepositories } from "./routing/search-repositories.ts";
import { createSetChannelRepository } from "./routing/set-channel-repository.ts";
import { findThread } from "./session-store.ts";
import type { Sessions } from "./sessions.ts";

/** The domain as its edges see it, joined from one file for each use case. */
export function createSessions(deps: {
	db: Db;
	eventLog: EventLog;
	enqueue: Enqueue;
	mask: Mask;
	access: Pick<Access, "allowed" | "permissionOf">;
	now: () => number;
	newId: () => string;
	/** Whether people can connect GitHub accounts here. Left out: they cannot, so nothing waits for it. */
	canLink?: boolean;
}): Sessions {
	const { db, eventLog } = deps;
	const chooseRepository = createChooseRepository(deps);
	return {
		rememberPerson: createRememberPerson(deps),
		findByThread: async (thread) => (await findThread(db, thread)) ?? null,
		acceptThreadPrompt: createAcceptThreadPrompt(deps),
		chooseRepository,
		moveSession: createMoveSession({ ...deps, chooseRepository }),
		askRepository: createAskRepository(deps),
		pickAttempt: createPickAttempt(deps),
		renameSession: createRenameSession(deps),
		stop: createStopSession(deps),
		cancelPrompt: createCancelPrompt(deps),
		withdrawPrompt: createWithdrawPrompt(deps),
		editPrompt: createEditPrompt(deps),
		holdBack: createHoldBack(deps),
		retryPrompt: createRetryPrompt(deps),
		answerQuestion: createAnswerQuestion(deps),
		findPendingContext: (promptId) => findPendingContext(db, promptId),
		keepContext: createKeepContext(deps),
		dropContext: createDropContext(deps),
		viewSent: createViewSent(deps),
		readPicture: (of) => readPicture(db, of),
		view: createViewSession(deps),
		readEvents: (input) => eventLog.read(input),
		subscribe: (sessionId, onEvent, options) => eventLog.subscribe(sessionId, onEvent, options),
		setChannelRepository: createSetChannelRepository(deps),
		searchRepositories: createSearchRepositories(deps),
	};
}
