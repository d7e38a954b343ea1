import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { pino } from "pino";
import { createGithub } from "../../src/github/app.ts";
import {
	createPlaygroundGithub,
	type PlaygroundGithub,
} from "../../src/playground/github/create-playground-github.ts";
import { listenHere, shut } from "./listen.ts";

const run = promisify(execFile);
const log = pino({ level: "silent" });

const DEMO = {
	"repositories.json": JSON.stringify(
		["shop", "docs"].map((name) => ({
			owner: "acme",
			name,
			folder: name,
			description: `The ${name}`,
			topics: [name],
			languages: ["TypeScript", "HTML"],
			defaultBranch: "main",
			private: true,
		})),
	),
	"shop/README.md": "# Shop\n",
	"shop/src/cart.ts": "export const total = 1;\n",
	"docs/README.md": "# Docs\n",
};

/** A temporary folder that is gone with `await using`. */
export async function createTemporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
	const path = await mkdtemp(join(tmpdir(), "bobbin-github-"));
	return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		await mkdir(dirname(join(folder, path)), { recursive: true });
		await writeFile(join(folder, path), text);
	}
}

export interface RunningGithub {
	playground: PlaygroundGithub;
	origin: string;
	dataDir: string;
	/** For clones; gone when it stops. */
	workDir: string;
	/** The real adapter, pointed at the playground. */
	github: ReturnType<typeof createGithub>;
	/** Where a test takes webhooks. */
	onWebhook(handle: (request: Request) => Promise<Response>): void;
	/** Where a test takes people who sign in: `/github/connect…` and `/github/callback`. */
	onSignIn(handle: (request: Request) => Response | Promise<Response>): void;
	stop(): Promise<void>;
}

/** Playground GitHub with two small repositories behind a real socket. `dataDir` of an earlier one continues it. */
export async function startPlaygroundGithub(
	options: { dataDir?: string; now?: () => number; adapterNow?: () => number } = {},
): Promise<RunningGithub> {
	const folder = await createTemporaryFolder();
	const dataDir = options.dataDir ?? join(folder.path, "data");
	const workDir = join(folder.path, "work");
	await mkdir(workDir);
	await writeFiles(join(folder.path, "demo"), DEMO);
	let take = async (_request: Request) => new Response(null, { status: 202 });
	const root = new Hono();
	const server = createServer(getRequestListener(root.fetch));
	const origin = await listenHere(server);
	const playground = createPlaygroundGithub({
		dataDir,
		origin,
		webhooksUrl: `${origin}/github/webhooks`,
		demoDir: join(folder.path, "demo"),
		log,
		...(options.now === undefined ? {} : { now: options.now }),
	});
	root.post("/github/webhooks", (c) => take(c.req.raw));
	let signIn = (_request: Request): Response | Promise<Response> => new Response(null, { status: 404 });
	for (const path of ["/github/connect", "/github/connect/*", "/github/callback"]) {
		root.all(path, (c) => signIn(c.req.raw));
	}
	root.route("/playground/github", playground.app);
	await playground.start();
	return {
		playground,
		origin,
		dataDir,
		workDir,
		github: createGithub({ ...playground.connection, log, now: options.adapterNow ?? Date.now }),
		onWebhook(handle) {
			take = handle;
		},
		onSignIn(handle) {
			signIn = handle;
		},
		async stop() {
			await playground.stop();
			await shut(server);
			await folder[Symbol.asyncDispose]();
		},
	};
}

/** Runs the system's git as a stranger would, with nobody's configuration. Rejects with `stderr` on a failure. */
export async function git(folder: string, ...args: string[]): Promise<string> {
	const { stdout } = await run(
		"git",
		["-C", folder, "-c", "user.name=Mia", "-c", "user.email=mia@acme.example", ...args],
		{
			env: {
				...process.env,
				HOME: folder,
				GIT_CONFIG_NOSYSTEM: "1",
				GIT_TERMINAL_PROMPT: "0",
				GIT_ASKPASS: "/bin/false",
			},
		},
	);
	return stdout.trim();
}

/** The address of a repository with a token in it, for git on the command line. */
export function withToken(url: string, token: string): string {
	return url.replace("://", `://x-access-token:${token}@`);
}

/** Clones a repository, commits files on a branch and pushes it. Returns the commit. */
export async function pushBranch(input: {
	url: string;
	folder: string;
	branch: string;
	files: Record<string, string>;
	from?: string;
	message?: string;
}): Promise<string> {
	await git(
		dirname(input.folder),
		"clone",
		"--quiet",
		"--branch",
		input.from ?? "main",
		input.url,
		input.folder,
	);
	await git(input.folder, "checkout", "--quiet", "-B", input.branch);
	await writeFiles(input.folder, input.files);
	await git(input.folder, "add", "--all");
	await git(input.folder, "commit", "--quiet", "-m", input.message ?? `Work on ${input.branch}`);
	await git(input.folder, "push", "--quiet", "origin", input.branch);
	return git(input.folder, "rev-parse", "HEAD");
}
