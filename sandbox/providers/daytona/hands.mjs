// Runs inside a Daytona sandbox, once for every act, and ends at once: the hands of that provider. It gets its request
// as base64 of JSON (`@path`: in that file) and says its result in one line. What has to be known later is kept in
// files: small ones in memory (`own`), which a stop of the sandbox forgets, output on disk.
// Plain JavaScript without dependencies, because it is copied into the tools folder, where the folders lie as here.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readFileWhole, writeFileWhole } from "../local/daemon/files.mjs";
import { prepareOwn } from "./hands/own.mjs";
import { createRuns } from "./hands/runs.mjs";

const RESULT = "@@bobbin@@";
const MAX_SAID_BYTES = 256 * 1024;
const MAX_INLINE_FILE_BYTES = 128 * 1024;

/** A request that was uploaded is read once. */
function takeRequest(text) {
	if (!text.startsWith("@")) return JSON.parse(Buffer.from(text, "base64").toString("utf8"));
	const path = text.slice(1);
	const request = JSON.parse(readFileSync(path, "utf8"));
	rmSync(path, { force: true });
	return request;
}

const acts = {
	hello: async () => ({}),
	run: (request, runs) => runs.run(request),
	wait: (request, runs) => runs.wait(request),
	end: (request, runs) => runs.end(request),
	spawn: (request, runs) => runs.spawn(request),
	proc: (request, runs) => runs.find(request),
	kill: (request, runs) => runs.kill(request),
	strays: (request, runs) => runs.killStrays(request),
	logs: (request, runs) => runs.readLogs(request),
	/** A larger file is only looked at: it is then downloaded. */
	async read({ path }) {
		const bytes = await readFileWhole(path);
		return { bytes: bytes.length <= MAX_INLINE_FILE_BYTES ? bytes.toString("base64") : null };
	},
	/** What was uploaded is taken away at once; a mark stays, for a request that is repeated. */
	async write({ from, path, mode }) {
		const done = `${from}.done`;
		if (existsSync(done)) return {};
		try {
			await writeFileWhole(path, readFileSync(from), mode ?? null);
			writeFileSync(done, "");
		} finally {
			rmSync(from, { force: true });
		}
		return {};
	},
	/** Whether anything answers over HTTP at this address. */
	async probe({ url, withinMs }) {
		try {
			await fetch(url, { signal: AbortSignal.timeout(withinMs), redirect: "manual" });
			return { answers: true };
		} catch (error) {
			return { answers: false, why: String(error.cause?.code ?? error.name) };
		}
	},
};

async function answer() {
	const request = takeRequest(process.argv[2] ?? "");
	const own = await prepareOwn(request.own);
	const result = await acts[request.act](request, createRuns(own));
	const said = JSON.stringify({ result });
	if (said.length <= MAX_SAID_BYTES) return said;
	const path = join(own.journalDir, `${crypto.randomUUID()}.json`);
	await writeFile(path, said);
	return JSON.stringify({ file: path });
}

const said = await answer().catch((error) =>
	JSON.stringify({ error: { code: error.code ?? "EIO", message: String(error.message) } }),
);
process.stdout.write(`${RESULT}${said}\n`);
