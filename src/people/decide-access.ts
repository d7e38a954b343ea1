import type { Permission } from "../db/schema/people.ts";

/** For so long GitHub's word on a person and a repository is believed. */
export const BELIEVED_MS = 5 * 60_000;

export type PersonKind = "member" | "guest" | "external" | "bot";

/** What a workspace allows beyond its members. */
export interface WorkspaceRules {
	allowGuests: boolean;
	allowExternals: boolean;
	allowBots: boolean;
	/** Whether it may be asked in channels that other organisations read too. */
	allowSharedChannels: boolean;
	/** What happens to prompts of people without a GitHub account: they wait for one, or are done in the App's name. */
	unlinked: "hold" | "app";
}

export const DEFAULT_RULES: WorkspaceRules = {
	allowGuests: false,
	allowExternals: false,
	allowBots: false,
	allowSharedChannels: false,
	unlinked: "hold",
};

/** What is known of a person and a repository before GitHub is asked. */
export interface AccessFacts {
	/** One for each Slack workspace in which the person is known; none: they came by GitHub. */
	memberships: { kind: PersonKind; rules: WorkspaceRules }[];
	hasGithub: boolean;
	/** Nobody can connect a GitHub account: the GitHub App has no client secret. */
	canLink: boolean;
	/** What GitHub said last. */
	known: KnownPermission | null;
}

/** What GitHub said, and when it was asked. */
export interface KnownPermission {
	permission: Permission;
	checkedAtMs: number;
}

export type AccessDecision = { do: "answer"; permission: Permission | "unlinked" } | { do: "ask" };

/** Pure. Whether a workspace lets people of this kind use Bobbin. */
export function isAdmitted(kind: PersonKind, rules: WorkspaceRules): boolean {
	switch (kind) {
		case "member":
			return true;
		case "guest":
			return rules.allowGuests;
		case "external":
			return rules.allowExternals;
		case "bot":
			return rules.allowBots;
		default:
			return kind satisfies never;
	}
}

/** Pure. What a person may do in a repository, or that GitHub must be asked. */
export function decideAccess(facts: AccessFacts, nowMs: number): AccessDecision {
	const { memberships, known } = facts;
	const admitting = memberships.filter(({ kind, rules }) => isAdmitted(kind, rules));
	if (memberships.length > 0 && admitting.length === 0) return { do: "answer", permission: "none" };
	if (!facts.hasGithub) {
		const asApp = admitting.length > 0 && admitting.every(({ rules }) => rules.unlinked === "app");
		return { do: "answer", permission: asApp || !facts.canLink ? "write" : "unlinked" };
	}
	return known !== null && isBelieved(known, nowMs)
		? { do: "answer", permission: known.permission }
		: { do: "ask" };
}

/** Pure. Whether it is young enough. */
export function isBelieved(known: KnownPermission, nowMs: number): boolean {
	return nowMs - known.checkedAtMs < BELIEVED_MS;
}

/** Pure. Whether a permission is enough to read, or to change something. */
export function suffices(permission: Permission | "unlinked", need: "read" | "write"): boolean {
	if (permission === "unlinked" || permission === "none") return false;
	return need === "read" || permission !== "read";
}
