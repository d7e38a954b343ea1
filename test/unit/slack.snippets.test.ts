import { expect, test } from "vitest";
import type { FileChange } from "../../src/contract/event.ts";
import { validateBlocks } from "../../src/playground/slack/block-kit/validate-blocks.ts";
import type { PullRequestView } from "../../src/sessions/session-view.ts";
import { decideSnippet } from "../../src/sessions/turn/decide-snippet.ts";
import { pullRequestMessage } from "../../src/slack/blocks/pull-request-message.ts";

const change = (path: string, lines: string[], fields: Partial<FileChange> = {}): FileChange => ({
	...{ path, change: "changed", additions: 1, deletions: 1 },
	diff: `--- a/${path}\n+++ b/${path}\n@@ -1,2 +1,2 @@\n${lines.join("\n")}\n`,
	...fields,
});
const SMALL = change("src/cart.ts", ["-round(a)", "+<!channel> ```x` & round(a + b)"]);

test("what a turn changed is a small diff, each file with its path", () => {
	expect(decideSnippet([SMALL, change("b.ts", ["+b"])])).toBe(
		"src/cart.ts\n@@ -1,2 +1,2 @@\n-round(a)\n+<!channel> ```x` & round(a + b)\nb.ts\n@@ -1,2 +1,2 @@\n+b",
	);
});

test.each<[string, FileChange[]]>([
	["nothing", []],
	["a file changed twice", [SMALL, SMALL]],
	["a change without a diff", [SMALL, change("logo.png", [], { diff: null })]],
	["more than forty lines", [change("a.ts", Array(40).fill("+a"))]],
	["few lines that are long", [change("a.ts", [`+${"a".repeat(3_000)}`])]],
])("no snippet of %s", (_, changes) => {
	expect(decideSnippet(changes)).toBeNull();
});

test("the card shows it as code where it is all of the pull request, and only there", () => {
	const pullRequest = {
		...{ id: "1", promptId: "2", repository: "acme/shop", number: 12, title: "Round", state: "open" },
		...{ url: "https://github.example/acme/shop/pull/12", branch: "b", base: "main", draft: false },
		...{
			additions: 1,
			deletions: 1,
			mergedBy: null,
			approvedBy: [],
			isIndependent: null,
			changesRequestedBy: [],
		},
		...{ checks: null, failingChecks: [] },
	} as unknown as PullRequestView;
	const snippet = decideSnippet([SMALL]);
	const { blocks } = pullRequestMessage(pullRequest, snippet);
	expect(JSON.stringify(blocks)).toContain("+&lt;!channel&gt; '''x` &amp; round");
	expect(validateBlocks(blocks, "message")).toEqual([]);
	const larger = pullRequestMessage({ ...pullRequest, additions: 90 }, snippet);
	expect(JSON.stringify(larger.blocks)).not.toContain("```");
	expect(JSON.stringify(pullRequestMessage(pullRequest).blocks)).not.toContain("```");
});
