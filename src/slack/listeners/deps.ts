import type { Budget } from "../../budget/budget.ts";
import type { Db } from "../../db/client.ts";
import type { Enqueue } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import type { WorkspaceRules } from "../../people/decide-access.ts";
import type { DraftWishes } from "../../people/wish-drafts.ts";
import type { Mask } from "../../sessions/ports.ts";
import type { Corrections } from "../../sessions/routing/corrections.ts";
import type { IntroduceChannel } from "../../sessions/routing/introduce-channel.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { createChangeChannelSettings } from "../../settings/change-channel-settings.ts";
import type { Accounts } from "../accounts.ts";
import type { Homes } from "../home/homes.ts";
import type { CodeChannels } from "../native/code-channel/code-channels.ts";
import type { SuggestPrompts } from "../native/suggest-prompts.ts";
import type { Reply } from "../saying/reply.ts";
import type { Whisper } from "../saying/whisper.ts";
import type { StartThread } from "../start-thread.ts";
import type { ReplyJudge } from "../talk/reply-judge.ts";
import type { Workspaces } from "../web-api/workspaces.ts";

/** Told of what people do that a session may come of. Returns at once; nothing comes of its failing. */
export interface Foresight {
	/** Somebody asks for something; the repository is not known yet. `text` without the mention of the bot. */
	mentioned(mention: { personId: string; text: string; teamId: string; channelId: string }): void;
	/** Somebody writes what they want done and has not sent it yet. */
	typed(draft: { personId: string; text: string; teamId: string; channelId: string }): void;
	/** Somebody chose the repository of what they have not sent yet. */
	picked(choice: { personId: string; repositoryId: string }): void;
	/** Somebody opened the app's home or its conversation. */
	visited(visit: { personId: string }): void;
	/** Somebody writes a message with these links and has not sent it yet. */
	linked(links: { personId: string; urls: string[] }): void;
	/** Somebody looks at a channel with the app beside it. */
	looked(look: { personId: string; teamId: string; channelId: string }): void;
}

/** What work may cost, as people see and set it. */
export type SlackBudget = Pick<Budget, "continueSession" | "whoMayContinue" | "readCaps" | "setCap">;

/** What listeners share; each takes the part that it needs. */
export interface ListenerDeps {
	sessions: Sessions;
	workspaces: Workspaces;
	reply: Reply;
	startThread: StartThread;
	codeChannels: Pick<CodeChannels, "mayHave">;
	enqueue: Enqueue;
	whisper: Whisper;
	changeChannelSettings: ReturnType<typeof createChangeChannelSettings>;
	/** Says for whom replies are meant that mention nobody of us. null: every reply is a prompt. */
	replyJudge: ReplyJudge | null;
	/** For the stores that have no port of their own. */
	db: Db;
	/** Those that people may choose, the default first. */
	models: readonly string[];
	/** Who else than its members a workspace lets in. */
	workspaceRules: (teamId: string) => Promise<WorkspaceRules>;
	isAdmin: (of: { personId: string; teamId: string }) => Promise<boolean>;
	/** @throws AppError `forbidden`: they are no admin there */
	setWorkspaceRule: (input: { personId: string; teamId: string; change: WorkspaceRules }) => Promise<void>;
	foresight: Foresight;
	/** Takes secrets out of what people write. */
	mask: Mask;
	/** Reads what was said around a prompt, beside everything else; a turn that needs it waits for it. */
	beginGathering: (promptId: string) => void;
	/** Left out: nothing has a cap. */
	budget?: SlackBudget;
	/** Left out: nobody can connect a GitHub account here. */
	accounts?: Accounts;
	draftWishes: DraftWishes;
	homes: Homes;
	/** Left out: the conversation with the app opens with the suggestions of the manifest. */
	suggestPrompts?: SuggestPrompts;
	/** Takes back what was learned of a correction; left out: nothing is learned here. */
	forgetCorrection?: Corrections["removeCorrection"];
	/** Left out: nothing is said in channels of which Bobbin knows nothing yet. */
	introduceChannel?: IntroduceChannel;
	/** Shows a session's thread at once. What fails here is made good by the job that the session queued. */
	showNow: (sessionId: string) => Promise<void>;
	log: Log;
	now: () => number;
	newId: () => string;
}
