import { describe, expect, it } from "vitest";
import { countLines, type FilePatch } from "../../src/stats/count-lines.ts";
import { type AgentPush, findAgentCommits } from "../../src/stats/find-agent-commits.ts";

/** A file whose patch has these lines, each with its sign. */
function file(path: string, lines: string[], fields: Partial<FilePatch> = {}): FilePatch {
	const additions = lines.filter((line) => line.startsWith("+")).length;
	return { path, previousPath: null, additions, patch: ["@@ -1 +1 @@", ...lines].join("\n"), ...fields };
}

describe("countLines", () => {
	it.each<[string, FilePatch[][], FilePatch[], [number, number, number]]>([
		["nothing", [], [], [0, 0, 0]],
		["all of it the agent's", [[file("a", ["+x", "+y"])]], [file("a", ["+x", "+y"])], [2, 2, 2]],
		["none of it the agent's", [], [file("a", ["+x", "+y"])], [2, 0, 0]],
		["a line that a person wrote beside", [[file("a", ["+x"])]], [file("a", ["+x", "+y"])], [2, 1, 1]],
		["a line that was taken out again", [[file("a", ["+x", "+y"])]], [file("a", ["+x"])], [1, 2, 1]],
		[
			"a line that the agent wrote twice",
			[[file("a", ["+x"])], [file("a", ["-x", "+z"])]],
			[file("a", ["+z"])],
			[1, 2, 1],
		],
		[
			"a commit that came again by a rebase",
			[
				[file("a", ["+x", "+y"])],
				[file("b", ["+z"])],
				[file("a", [" k", "+x", "+y"], { patch: "@@ -7,1 +7,3 @@\n other\n+x\n+y" })],
			],
			[file("a", ["+x", "+y"]), file("b", ["+z"])],
			[3, 3, 3],
		],
		[
			"the same text more often than the agent wrote it",
			[[file("a", ["+x"])]],
			[file("a", ["+x", "+x"])],
			[2, 1, 1],
		],
		["the same text in another file", [[file("a", ["+x"])]], [file("b", ["+x"])], [1, 1, 0]],
		[
			"lines that go, stay, or are marks",
			[[file("a", [" k", "-x", "+y", "\\ No newline at end of file"])]],
			[file("a", ["+y"])],
			[1, 1, 1],
		],
		["lines that look like a header", [[file("a", ["+++ b", "--- a"])]], [file("a", ["+++ b"])], [1, 1, 1]],
		[
			"a file that the agent renamed later",
			[[file("a", ["+x"])], [file("b", ["+y"], { previousPath: "a" })]],
			[file("b", ["+x", "+y"])],
			[2, 2, 2],
		],
		[
			"a file too large for a patch",
			[[file("big", [], { additions: 5_000, patch: null })]],
			[file("big", [], { additions: 4_000, patch: null })],
			[4_000, 5_000, 4_000],
		],
		[
			"a binary file",
			[[file("p.png", [], { patch: null })]],
			[file("p.png", [], { patch: null })],
			[0, 0, 0],
		],
	])("counts %s", (_, commits, final, [addedLines, agentLines, survivingLines]) => {
		expect(countLines({ commits, final })).toEqual({ addedLines, agentLines, survivingLines });
	});
});

describe("findAgentCommits", () => {
	const commits = (...pairs: [string, ...string[]][]): AgentPush["commits"] =>
		pairs.map(([sha, ...parents]) => ({ sha, parents }));
	it.each<[string, AgentPush[], string[]]>([
		["no push", [], []],
		[
			"a first push",
			[{ beforeSha: null, sha: "b", commits: commits(["a", "base"], ["b", "a"]) }],
			["a", "b"],
		],
		[
			"a push on top of a person's commit",
			[
				{ beforeSha: null, sha: "a", commits: commits(["a", "base"]) },
				{ beforeSha: "human", sha: "c", commits: commits(["a", "base"], ["human", "a"], ["c", "human"]) },
			],
			["a", "c"],
		],
		[
			"a merge of the base and of somebody's branch",
			[
				{
					beforeSha: "a",
					sha: "m2",
					commits: commits(
						["a", "base"],
						["m1", "a", "newer base"],
						["theirs", "base"],
						["m2", "m1", "theirs"],
					),
				},
			],
			[],
		],
		[
			"a commit that was amended and pushed by force",
			[
				{ beforeSha: null, sha: "a", commits: commits(["a", "base"]) },
				{ beforeSha: "a", sha: "a2", commits: commits(["a2", "base"]) },
			],
			["a", "a2"],
		],
		[
			"the same commits pushed again",
			[
				{ beforeSha: null, sha: "a", commits: commits(["a", "base"]) },
				{ beforeSha: null, sha: "a", commits: commits(["a", "base"]) },
			],
			["a"],
		],
		["a commit that is in the base by now", [{ beforeSha: null, sha: "a", commits: [] }], []],
	])("finds those of %s", (_, pushes, expected) => {
		expect(findAgentCommits(pushes)).toEqual(expected);
	});
});
