import type { Git } from "./git.ts";
import type { RepositoryRow } from "./rows.ts";

export interface ChangedFile {
	filename: string;
	previousFilename: string | null;
	status: "added" | "removed" | "modified" | "renamed";
	sha: string;
	additions: number;
	deletions: number;
	/** The hunks of a unified diff; null for a binary file. */
	patch: string | null;
}

const OPTIONS = ["-M", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index"];

/** The whole unified diff, as `application/vnd.github.diff` gives it. */
export function readDiff(git: Git, repository: RepositoryRow, from: string, to: string): Promise<string> {
	return git.run(git.path(repository), ["diff", ...OPTIONS, from, to, "--"]);
}

/** What changed between two commits, file by file. */
export async function readChangedFiles(
	git: Git,
	repository: RepositoryRow,
	from: string,
	to: string,
): Promise<ChangedFile[]> {
	const folder = git.path(repository);
	const [raw, numbers, diff] = await Promise.all([
		git.run(folder, ["diff", ...OPTIONS, "--raw", "-z", from, to, "--"]),
		git.run(folder, ["diff", ...OPTIONS, "--numstat", "-z", from, to, "--"]),
		readDiff(git, repository, from, to),
	]);
	// git lists the files in one order in all three forms.
	const counts = parseNumstat(numbers);
	const patches = diff.split(/^(?=diff --git )/m).filter((part) => part !== "");
	return parseRaw(raw).map((file, index) => {
		const patch = patches[index] ?? "";
		const hunks = patch.search(/^@@ /m);
		return {
			...file,
			additions: counts[index]?.additions ?? 0,
			deletions: counts[index]?.deletions ?? 0,
			patch: hunks === -1 ? null : patch.slice(hunks).trimEnd(),
		};
	});
}

type RawFile = Omit<ChangedFile, "additions" | "deletions" | "patch">;

function parseRaw(output: string): RawFile[] {
	const fields = output.split("\0");
	const files: RawFile[] = [];
	for (let i = 0; i + 1 < fields.length; ) {
		const [, , , newSha = "", letter = "M"] = (fields[i] ?? "").split(" ");
		const path = fields[i + 1] ?? "";
		if (letter.startsWith("R") || letter.startsWith("C")) {
			files.push({
				filename: fields[i + 2] ?? "",
				previousFilename: path,
				status: "renamed",
				sha: newSha,
			});
			i += 3;
			continue;
		}
		const status = letter === "A" ? "added" : letter === "D" ? "removed" : "modified";
		files.push({ filename: path, previousFilename: null, status, sha: newSha });
		i += 2;
	}
	return files;
}

function parseNumstat(output: string): { additions: number; deletions: number }[] {
	const fields = output.split("\0");
	const counts: { additions: number; deletions: number }[] = [];
	for (let i = 0; i < fields.length; i++) {
		const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(fields[i] ?? "");
		if (match === null) continue;
		counts.push({ additions: Number(match[1]) || 0, deletions: Number(match[2]) || 0 });
		// A renamed file has an empty path here and its two paths in the next fields.
		if (match[3] === "") i += 2;
	}
	return counts;
}

/** A changed file as the REST lists it. */
export function showChangedFile(file: ChangedFile) {
	return {
		sha: file.sha,
		filename: file.filename,
		status: file.status,
		additions: file.additions,
		deletions: file.deletions,
		changes: file.additions + file.deletions,
		...(file.patch === null ? {} : { patch: file.patch }),
		...(file.previousFilename === null ? {} : { previous_filename: file.previousFilename }),
	};
}
