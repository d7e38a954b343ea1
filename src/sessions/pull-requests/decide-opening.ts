/** In whose name a pull request is opened; `wait`: when its author has connected a GitHub account. */
export type Opener = "person" | "app" | "wait";

/** Pure. Whoever asked opens it; the App only where an admin said so, or where nobody can connect an account. */
export function decideOpener(facts: {
	/** null: nobody ever asked but Bobbin itself. */
	askerId: string | null;
	hasToken: boolean;
	canLink: boolean;
	/** The repository's rule. */
	appOpens: boolean;
	/** What every Slack workspace that lets the person in says of people without an account; none: no workspace does. */
	workspaceRules: readonly ("hold" | "app")[];
}): Opener {
	if (facts.askerId === null) return "app";
	if (facts.hasToken) return "person";
	const isWorkspaceFine =
		facts.workspaceRules.length > 0 && facts.workspaceRules.every((rule) => rule === "app");
	return !facts.canLink || facts.appOpens || isWorkspaceFine ? "app" : "wait";
}

/** Pure. A draft where somebody asked for one, else as the person wants theirs, else as the repository does. */
export function decideDraft(facts: {
	asked: boolean;
	/** null: as the repository says. */
	person: boolean | null;
	repository: boolean;
}): boolean {
	return facts.asked || (facts.person ?? facts.repository);
}

export type BaseDecision =
	| { outcome: "base"; base: string }
	/** It may be stacked only on another branch of the session that has an open pull request. */
	| { outcome: "not_stackable" }
	| { outcome: "done"; state: "merged" | "closed" };

/** Pure. What a pull request is to be merged into. */
export function decideBase(input: {
	branch: string;
	/** What the agent said, if anything. */
	wanted: string | undefined;
	sessionBase: string;
	/** Pull requests of the session. */
	others: readonly { branch: string; state: "intended" | "open" | "merged" | "closed" }[];
}): BaseDecision {
	const { branch, wanted, sessionBase } = input;
	if (wanted === undefined || wanted === sessionBase) return { outcome: "base", base: sessionBase };
	const below = input.others.find((other) => other.branch === wanted);
	if (below === undefined || wanted === branch) return { outcome: "not_stackable" };
	if (below.state === "merged" || below.state === "closed") return { outcome: "done", state: below.state };
	return { outcome: "base", base: wanted };
}
