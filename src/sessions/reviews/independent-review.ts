/** Somebody whose prompt led to a pull request. */
export interface Prompter {
	/** null: nobody that we know, for example a caller of the API. */
	personId: string | null;
	/** What they chose to be called: data, never markup. */
	name: string;
	/** Every GitHub account that they have ever connected. Empty: none, so theirs could be any. */
	githubIds: number[];
	/** Of the account that is theirs now. */
	login: string | null;
}

type ReviewState = "approved" | "changes_requested" | "commented" | "dismissed";

/** A review as GitHub has it now. */
export interface Review {
	id: number;
	githubId: number;
	login: string;
	isBot: boolean;
	state: ReviewState;
	/** The head that was reviewed. */
	commitSha: string | null;
	submittedAtMs: number;
}

/** Somebody whose last word is an approval. */
export interface Approver {
	githubId: number;
	login: string;
	isBot: boolean;
	commitSha: string | null;
	/** GitHub lets them write to the repository: only then does it count their approval itself. */
	mayWrite: boolean;
	/** They are one of our people by more than this account, so they are none of the others. */
	isKnown: boolean;
}

export interface ReviewDecision {
	/** `neutral`: it is nobody's to prompt; GitHub takes it for passed. */
	conclusion: "success" | "failure" | "action_required" | "neutral";
	/** One line of plain text. */
	title: string;
	/** Markdown. */
	summary: string;
}

const LONGEST_NAME = 60;
const MOST_LISTED = 50;

/** Whose last word, of those that say yes or no, is an approval. A comment takes nothing back, a dismissal does. */
export function findApprovals(reviews: Review[]): Review[] {
	const opinions = reviews
		.filter(({ state }) => state !== "commented")
		.sort((a, b) => a.submittedAtMs - b.submittedAtMs || a.id - b.id);
	const last = new Map(opinions.map((review) => [review.githubId, review]));
	return [...last.values()].filter(({ state }) => state === "approved");
}

/**
 * Whether somebody who did not prompt has approved. Where a prompter has no GitHub account that we know, only approvals
 * of people count who are known to be somebody else. An approval of an earlier head counts as long as GitHub lets it
 * stand: a repository that dismisses stale approvals has them dismissed by then.
 */
export function decideIndependentReview(input: {
	headSha: string;
	prompters: Prompter[];
	approvers: Approver[];
}): ReviewDecision {
	const { headSha, prompters, approvers } = input;
	const strangers = prompters.filter(isStranger);
	const judged = approvers.map((approver) => ({ approver, flaw: findFlaw(approver, prompters) }));
	const good = judged.filter(({ flaw }) => flaw === null).map(({ approver }) => approver);

	const lines = [
		prompters.length === 0
			? "Nobody prompted this work: Bobbin did it by itself."
			: `**Prompted by** ${list(prompters.map(toName), "and")}.`,
		...(judged.length === 0 ? [] : ["", "**Approvals**", ""]),
		...judged.slice(0, MOST_LISTED).map(({ approver, flaw }) => {
			const earlier = approver.commitSha !== null && approver.commitSha !== headSha;
			const which = earlier ? ` (of the earlier commit ${approver.commitSha?.slice(0, 7)})` : "";
			return `- ${code(approver.login)}${which}: ${flaw === null ? "counts." : toReason(flaw, strangers)}`;
		}),
	];
	const [first] = good;
	if (first !== undefined) {
		return {
			conclusion: "success",
			title: `Approved by ${good.map(({ login }) => login).join(", ")}, who did not prompt`.slice(0, 255),
			summary: lines.join("\n"),
		};
	}
	const unclear = judged.some(({ flaw }) => flaw === "unclear");
	lines.push("", "**What to do**", "", ...toAdvice(prompters, strangers, unclear));
	return {
		conclusion: judged.length === 0 ? "action_required" : "failure",
		title: toTitle({ hasApproval: judged.length > 0, unclear }),
		summary: lines.join("\n"),
	};
}

const isStranger = ({ githubIds }: Prompter) => githubIds.length === 0;

/** Why an approval does not count. */
export type Flaw = "bot" | "prompted" | "reader" | "unclear";

/** null: it counts. */
export function findFlaw(approver: Approver, prompters: Prompter[]): Flaw | null {
	if (approver.isBot) return "bot";
	if (prompters.some(({ githubIds }) => githubIds.includes(approver.githubId))) return "prompted";
	if (!approver.mayWrite) return "reader";
	if (prompters.some(isStranger) && !approver.isKnown) return "unclear";
	return null;
}

function toReason(flaw: Flaw, strangers: Prompter[]): string {
	switch (flaw) {
		case "bot":
			return "does not count, it is a bot.";
		case "prompted":
			return "does not count, because they prompted this work.";
		case "reader":
			return "does not count, because they may not write to this repository.";
		case "unclear":
			return `does not count yet, because it may be the account of ${list(strangers.map(toName), "or")}.`;
	}
}

function toTitle({ hasApproval, unclear }: { hasApproval: boolean; unclear: boolean }): string {
	if (!hasApproval) return "Needs an approval by somebody who did not prompt";
	if (unclear) return "Nobody can tell yet whether the approval is by somebody who prompted";
	return "The approvals so far do not count: somebody who did not prompt must approve";
}

function toAdvice(prompters: Prompter[], strangers: Prompter[], unclear: boolean): string[] {
	const but = prompters.length === 0 ? "" : ` other than ${list(prompters.map(toName), "and")}`;
	return [
		`- Somebody with write access${but} reviews this pull request and approves it.`,
		"- Whoever asks Bobbin for something in a review or a comment prompts, too. What is said with an approval is no prompt, unless it mentions Bobbin.",
		...(strangers.length === 0
			? []
			: [
					`- ${list(strangers.map(toName), "and")} prompted without a GitHub account that Bobbin knows. Until they connect theirs (the button "Connect GitHub" in Slack), only approvals of people count who have connected their own.`,
				]),
		...(unclear ? ["- Or whoever approved connects their GitHub account in Slack, if they have not."] : []),
	];
}

function toName({ name, login }: Prompter): string {
	return login === null ? code(name) : `${code(name)} (${code(login)})`;
}

/** Somebody else's text as inline code: no markup, no link, no mention comes of it. */
function code(text: string): string {
	const line = text
		.toWellFormed()
		.replace(/[`\s\p{C}]+/gu, " ")
		.trim();
	const cut = [...line].slice(0, LONGEST_NAME).join("");
	return `\`${cut === "" ? "?" : cut}\``;
}

function list(names: string[], word: "and" | "or"): string {
	const shown = names.slice(0, MOST_LISTED);
	if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
	return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} ${word} ${shown.at(-1)}`;
}
