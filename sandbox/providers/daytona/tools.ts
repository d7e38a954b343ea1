import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "@daytona/sdk";
import { SandboxError } from "../../provider.ts";
import type { Connection } from "./connection.ts";
import type { ToolSources } from "./daytona-provider-deps.ts";
import { type PackedFile, withArchive } from "./with-archive.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DAEMON = fileURLToPath(new URL("../local/daemon/", import.meta.url));
const WITHIN_SECONDS = 300;

/** A folder in a sandbox, named by its content. */
interface Part {
	dir: string;
	files: PackedFile[];
	/** Folders beside it that show in it too. */
	links: { name: string; to: string }[];
}

/** What a sandbox needs from us. */
export interface Tools {
	/** The tools folder: other tools have another. */
	dir: string;
	/** 16 hex digits, by content alone: every machine gives the same to the same tools. */
	key: string;
	/**
	 * Puts what is missing into a sandbox that runs: into a new one all; into one from an old snapshot what has changed
	 * since, which is seldom the programs (some 100 MB), so these lie in a folder of their own.
	 */
	install(sandbox: Sandbox): Promise<void>;
}

export async function describeTools(
	connection: Connection,
	sources: ToolSources,
	root: string,
): Promise<Tools> {
	const optional = (from: string | null, to: string) => (from === null ? [] : [{ from, to }]);
	const programs = [
		{ from: sources.nodeBinary, to: "node/bin/node" },
		...optional(sources.opencodeBinary, "opencode/bin/opencode"),
		...optional(sources.ripgrepBinary, "ripgrep/bin/rg"),
	];
	const programsDir = `programs-${await hashFiles(programs, "")}`;
	const links = programs.map(({ to }) => to.split("/")[0] ?? "");
	const own = [
		{ from: join(HERE, "hands.mjs"), to: "daytona/hands.mjs" },
		...["own.mjs", "runs.mjs", "identity.mjs"].map((name) => ({
			from: join(HERE, "hands", name),
			to: `daytona/hands/${name}`,
		})),
		...["files.mjs", "process-table.mjs"].map((name) => ({
			from: join(DAEMON, name),
			to: `local/daemon/${name}`,
		})),
		...(await listTree(sources.guestDir)).map((from) => ({
			from,
			to: join("guest", relative(sources.guestDir, from)),
		})),
	];
	const key = await hashFiles(own, programsDir);
	const dir = `${root}/${key}`;
	const parts: Part[] = [
		{ dir: `${root}/${programsDir}`, files: programs, links: [] },
		{ dir, files: own, links: links.map((name) => ({ name, to: `../${programsDir}/${name}` })) },
	];

	async function run(sandbox: Sandbox, command: string): Promise<string> {
		const { exitCode, result } = await connection.ask(() =>
			sandbox.process.executeCommand(`bash -c "${command}"`, "/", undefined, WITHIN_SECONDS),
		);
		if (exitCode === 0) return result;
		throw new SandboxError(
			"unavailable",
			`Bobbin's tools could not be put into the sandbox: ${result.slice(-300)}`,
		);
	}

	return {
		key,
		dir,
		async install(sandbox) {
			const present = await run(sandbox, `ls ${root} 2>/dev/null || true`);
			for (const part of parts) {
				const name = part.dir.slice(root.length + 1);
				if (present.split("\n").includes(name)) continue;
				const archive = `/tmp/bobbin-${randomUUID()}.tar.gz`;
				await withArchive(part.files, (packed) =>
					connection.act(() => sandbox.fs.uploadFileStream(packed, archive)),
				);
				// $$: another may be at it as well.
				const beside = `${part.dir}.$$`;
				const steps = [
					`mkdir -p ${beside}`,
					`tar -xzf ${archive} -C ${beside}`,
					...part.links.map((link) => `ln -s ${link.to} ${beside}/${link.name}`),
					`chmod -R a-w ${beside}`,
					`{ mv -T ${beside} ${part.dir} || { [ -d ${part.dir} ] && chmod -R u+w ${beside} && rm -rf ${beside}; }; }`,
				];
				await run(sandbox, `[ -d ${part.dir} ] || { ${steps.join(" && ")}; } && rm -f ${archive}`);
			}
		},
	};
}

/** The paths of a folder's files. */
async function listTree(dir: string): Promise<string[]> {
	const entries = await readdir(dir, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
}

async function hashFiles(files: PackedFile[], more: string): Promise<string> {
	const hash = createHash("sha256").update(more);
	for (const { from, to } of files) {
		hash.update(`\0${to}\0`);
		await pipeline(createReadStream(from), async (chunks) => {
			for await (const chunk of chunks) hash.update(chunk);
		});
	}
	return hash.digest("hex").slice(0, 16);
}
