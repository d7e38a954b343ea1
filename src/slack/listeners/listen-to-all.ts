import type { App } from "@slack/bolt";
import { listenToAttempts } from "../attempts/listen-to-attempts.ts";
import { listenToContinue } from "../budget/listen-to-continue.ts";
import { listenToCommand } from "../commands/listen-to-command.ts";
import { listenToLists } from "../commands/listen-to-lists.ts";
import { listenToShortcuts } from "../commands/listen-to-shortcuts.ts";
import { listenToViews } from "../commands/listen-to-views.ts";
import { listenToChooseDraft } from "../home/choose-draft.ts";
import { listenToChooseWorkspaceRules } from "../home/choose-workspace-rules.ts";
import { listenToHome } from "../home/listen-to-home.ts";
import { listenToOpenChannel } from "../native/code-channel/open-channel.ts";
import { listenToContext } from "../native/listen-to-context.ts";
import { listenToTitles } from "../native/listen-to-titles.ts";
import { listenToQuestions } from "../questions/listen-to-questions.ts";
import { listenToJoined } from "../routing/listen-to-joined.ts";
import { listenToWrongRepository } from "../routing/listen-to-wrong-repository.ts";
import { listenToChanges } from "../talk/listen-to-changes.ts";
import { listenToAgentSessionStopped } from "./agent-session-stopped.ts";
import { listenToCancelButton } from "./cancel-button.ts";
import { listenToConnectGithub } from "./connect-github.ts";
import type { ListenerDeps } from "./deps.ts";
import { listenToLinkShared } from "./link-shared.ts";
import { listenToMessages } from "./message.ts";
import { listenToPickRepository } from "./pick-repository.ts";
import { listenToRetryButton } from "./retry-button.ts";
import { listenToStopButton } from "./stop-button.ts";

/** Everything that people do in Slack, one file each. */
export function listenToAll(app: App, deps: ListenerDeps): void {
	for (const listen of [
		listenToMessages,
		listenToChanges,
		listenToStopButton,
		listenToQuestions,
		listenToCancelButton,
		listenToRetryButton,
		listenToAttempts,
		listenToContinue,
		listenToPickRepository,
		listenToWrongRepository,
		listenToJoined,
		listenToAgentSessionStopped,
		listenToTitles,
		listenToOpenChannel,
		listenToContext,
		listenToHome,
		listenToLinkShared,
		listenToCommand,
		listenToLists,
		listenToShortcuts,
		listenToViews,
		listenToConnectGithub,
		listenToChooseDraft,
		listenToChooseWorkspaceRules,
	])
		listen(app, deps);
}
