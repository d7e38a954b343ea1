import { describe, expect, it } from "vitest";
import {
	type Approver,
	decideIndependentReview,
	findApprovals,
	type Prompter,
	type Review,
} from "../../src/sessions/reviews/independent-review.ts";

const HEAD = "a".repeat(40);

const prompter = (name: string, githubId: number | null): Prompter => ({
	personId: name,
	name,
	githubIds: githubId === null ? [] : [githubId],
	login: githubId === null ? null : name.toLowerCase(),
});
const MIA = prompter("Mia", 1);
const NOAH = prompter("Noah", 2);
const KIM = prompter("Kim", null);

const approver = (login: string, githubId: number, fields: Partial<Approver> = {}): Approver => ({
	login,
	githubId,
	isBot: false,
	commitSha: HEAD,
	mayWrite: true,
	isKnown: true,
	...fields,
});

describe("decideIndependentReview", () => {
	it.each<[string, Prompter[], Approver[], string]>([
		["nobody approved", [MIA], [], "action_required"],
		["only the one who prompted approved", [MIA], [approver("mia", 1)], "failure"],
		["only those who prompted approved", [MIA, NOAH], [approver("mia", 1), approver("noah", 2)], "failure"],
		["another approved", [MIA, NOAH], [approver("omar", 3)], "success"],
		[
			"another approved beside those who prompted",
			[MIA],
			[approver("mia", 1), approver("omar", 3)],
			"success",
		],
		[
			"another approved who is no person of ours",
			[MIA],
			[approver("omar", 3, { isKnown: false })],
			"success",
		],
		[
			"who prompted approved by an account of before",
			[{ ...MIA, githubIds: [7, 1] }],
			[approver("m", 1)],
			"failure",
		],
		["who prompted approved under a new login", [MIA], [approver("mia-2", 1)], "failure"],
		["a bot approved", [MIA], [approver("helper[bot]", 9, { isBot: true })], "failure"],
		["one approved who may only read", [MIA], [approver("zoe", 4, { mayWrite: false })], "failure"],
		["another approved an earlier head", [MIA], [approver("omar", 3, { commitSha: "b" })], "success"],
		["nobody prompted, somebody approved", [], [approver("omar", 3)], "success"],
		["nobody prompted, nobody approved", [], [], "action_required"],
		[
			"an account that may be the stranger's approved",
			[KIM],
			[approver("x", 5, { isKnown: false })],
			"failure",
		],
		["a stranger prompted, one who is known approved", [KIM], [approver("omar", 3)], "success"],
		[
			"a stranger prompted, one who is known and prompted approved",
			[KIM, MIA],
			[approver("mia", 1)],
			"failure",
		],
	])("when %s", (_, prompters, approvers, conclusion) => {
		expect(decideIndependentReview({ headSha: HEAD, prompters, approvers })).toMatchObject({ conclusion });
	});

	it("names who prompted, says whose approval does not count and why, and what to do", () => {
		const { title, summary } = decideIndependentReview({
			headSha: HEAD,
			prompters: [MIA, KIM],
			approvers: [
				approver("mia", 1),
				approver("zoe", 4, { mayWrite: false }),
				approver("x", 5, { isKnown: false }),
				approver("helper[bot]", 9, { isBot: true }),
			],
		});
		expect(title).toBe("Nobody can tell yet whether the approval is by somebody who prompted");
		expect(summary).toBe(`**Prompted by** \`Mia\` (\`mia\`) and \`Kim\`.

**Approvals**

- \`mia\`: does not count, because they prompted this work.
- \`zoe\`: does not count, because they may not write to this repository.
- \`x\`: does not count yet, because it may be the account of \`Kim\`.
- \`helper[bot]\`: does not count, it is a bot.

**What to do**

- Somebody with write access other than \`Mia\` (\`mia\`) and \`Kim\` reviews this pull request and approves it.
- Whoever asks Bobbin for something in a review or a comment prompts, too. What is said with an approval is no prompt, unless it mentions Bobbin.
- \`Kim\` prompted without a GitHub account that Bobbin knows. Until they connect theirs (the button "Connect GitHub" in Slack), only approvals of people count who have connected their own.
- Or whoever approved connects their GitHub account in Slack, if they have not.`);
	});

	it("says of an approval that it was of an earlier commit", () => {
		const approvers = [approver("omar", 3, { commitSha: "1234567890" })];
		const { title, summary } = decideIndependentReview({ headSha: HEAD, prompters: [MIA], approvers });
		expect(title).toBe("Approved by omar, who did not prompt");
		expect(summary).toContain("- `omar` (of the earlier commit 1234567): counts.");
	});

	it.each([
		[
			"@everyone [x](https://evil.example) www.evil.example",
			"`@everyone [x](https://evil.example) www.evil.example`",
		],
		["a`b``c\n# Approved\n\n<img src=x>", "`a b c # Approved <img src=x>`"],
		["\u202egnihton \u200b\u0000", "`gnihton`"],
		["``", "`?`"],
		["n".repeat(500), `\`${"n".repeat(60)}\``],
	])("shows the name %j as data", (name, shown) => {
		const { summary } = decideIndependentReview({
			headSha: HEAD,
			prompters: [prompter(name, null)],
			approvers: [],
		});
		expect(summary.split("\n")[0]).toBe(`**Prompted by** ${shown}.`);
	});

	it("stays short however many prompt and approve", () => {
		const many = Array.from({ length: 2_000 }, (_, i) => i);
		const { title, summary } = decideIndependentReview({
			headSha: HEAD,
			prompters: many.map((i) => prompter(`P${i}`, i)),
			approvers: many.map((i) => approver(`p${i}`, 5_000 + i)),
		});
		expect(title.length).toBeLessThan(256);
		expect(summary.length).toBeLessThan(20_000);
		expect(summary).toContain("1950 more");
	});
});

describe("findApprovals", () => {
	const review = (githubId: number, state: Review["state"], id: number, atMs = id): Review => ({
		id,
		githubId,
		login: `u${githubId}`,
		isBot: false,
		state,
		commitSha: HEAD,
		submittedAtMs: atMs,
	});
	it.each<[string, Review[], number[]]>([
		["an approval stands", [review(1, "approved", 1)], [1]],
		["a comment after it takes nothing back", [review(1, "approved", 1), review(1, "commented", 2)], [1]],
		["asking for changes does", [review(1, "approved", 1), review(1, "changes_requested", 2)], []],
		[
			"approving after that gives it again",
			[review(1, "changes_requested", 1), review(1, "approved", 2)],
			[1],
		],
		["a dismissed one is none", [review(1, "dismissed", 1)], []],
		["nor is an older one below a dismissed one", [review(1, "approved", 1), review(1, "dismissed", 2)], []],
		[
			"time decides, not the order of the list",
			[review(1, "changes_requested", 2, 9), review(1, "approved", 3, 5)],
			[],
		],
		["everybody has their own", [review(1, "approved", 1), review(2, "changes_requested", 2)], [1]],
	])("%s", (_, reviews, expected) => {
		expect(findApprovals(reviews).map(({ githubId }) => githubId)).toEqual(expected);
	});
});
