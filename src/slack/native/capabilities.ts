import type { Log } from "../../log.ts";
import { toCallFailure } from "../web-api/call-failure.ts";

/** What a workspace may have or lack. */
type Feature =
	| "agent_sessions"
	| "assistant_threads"
	| "suggested_prompts"
	| "code_channels"
	/** To ask people into such a channel. */
	| "code_channel_invites";

export type Attempt =
	| { outcome: "done" }
	/** The workspace has no such thing, or we may not use it there. */
	| { outcome: "absent" }
	/** Slack refused this one. */
	| { outcome: "refused"; error: string }
	| { outcome: "later"; retryAfterMs: number };

export interface Capabilities {
	/** False: it was found out not long ago that the workspace lacks it. */
	mayHave(teamId: string, feature: Feature): boolean;
	/** Makes one call that needs the feature, unless it is known to be lacking. Throws what is not Slack's. */
	attempt(teamId: string, feature: Feature, call: () => Promise<unknown>): Promise<Attempt>;
}

const ABSENT_FOR_MS = 24 * 60 * 60_000;
const RETRY_MS = 15_000;
/**
 * docs.slack.dev, errors of agents.sessions.setStatus and of assistant.threads.*, and those of any method. Which ones
 * agents.conversations.create has where a workspace lacks code channels its page does not say: these are taken for it.
 */
const ABSENT = new Set([
	"unknown_method",
	"feature_disabled",
	"not_authorized",
	"not_agent_app",
	"not_allowed_token_type",
	"missing_scope",
]);

/** Finds out once a day for each workspace which of Slack's agent features it has, by using them. */
export function createCapabilities({ log, now }: { log: Log; now: () => number }): Capabilities {
	const absentUntil = new Map<string, number>();
	const keyOf = (teamId: string, feature: Feature) => `${teamId} ${feature}`;
	const mayHave: Capabilities["mayHave"] = (teamId, feature) =>
		(absentUntil.get(keyOf(teamId, feature)) ?? 0) <= now();

	return {
		mayHave,
		async attempt(teamId, feature, call) {
			if (!mayHave(teamId, feature)) return { outcome: "absent" };
			try {
				await call();
				return { outcome: "done" };
			} catch (thrown) {
				const failure = toCallFailure(thrown);
				if (ABSENT.has(failure.error)) {
					absentUntil.set(keyOf(teamId, feature), now() + ABSENT_FOR_MS);
					log.info({ teamId, feature, error: failure.error }, "this workspace does without it");
					return { outcome: "absent" };
				}
				if (failure.kind === "refused") return { outcome: "refused", error: failure.error };
				return {
					outcome: "later",
					retryAfterMs: failure.kind === "later" ? failure.retryAfterMs : RETRY_MS,
				};
			}
		},
	};
}
