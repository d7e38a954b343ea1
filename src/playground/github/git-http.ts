import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type Context, Hono } from "hono";
import { openRepository } from "./access.ts";
import { findActor } from "./actors.ts";
import { type Caller, identifyCaller } from "./callers.ts";
import type { Faults } from "./faults.ts";
import { findMoved } from "./moved.ts";
import type { OneAtATime } from "./one-at-a-time.ts";
import { tellPushes } from "./pushes.ts";
import { Refusal } from "./refusal.ts";
import type { RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

/** Git over smart HTTP: the system's `git http-backend` behind GitHub's tokens and branch rules. */
export function createGitHttp(world: World, pushLock: OneAtATime, faults: Faults): Hono {
	const app = new Hono();
	const routes = "/:owner/:repository{[^/]+\\.git}";

	app.get(`${routes}/info/refs`, (c) => {
		const service = c.req.query("service");
		if (service !== "git-upload-pack" && service !== "git-receive-pack") {
			return c.text("Please upgrade your git client.\n", 403);
		}
		return withRepository(c, service, (repository, caller) => runBackend(c, repository, caller));
	});
	app.post(`${routes}/git-upload-pack`, (c) =>
		withRepository(c, "git-upload-pack", (repository, caller) => runBackend(c, repository, caller)),
	);
	app.post(`${routes}/git-receive-pack`, (c) =>
		withRepository(c, "git-receive-pack", (repository, caller) =>
			pushLock.run(repository.id, async () => {
				const response = await runBackend(c, repository, caller);
				// The push is over when git has ended, and told before the pusher hears of it.
				const answer = await response.arrayBuffer();
				await tellPushes(world, repository, findActor(world, caller).login);
				return new Response(answer, response);
			}),
		),
	);

	function withRepository(
		c: Context,
		service: "git-upload-pack" | "git-receive-pack",
		act: (repository: RepositoryRow, caller: Caller) => Promise<Response>,
	): Response | Promise<Response> {
		const { owner = "", repository: folder = "" } = c.req.param();
		try {
			faults.strike("git");
			const caller = identifyCaller(world, c.req.header("authorization"));
			const level = service === "git-receive-pack" ? "write" : "read";
			const address = { owner, name: folder.slice(0, -".git".length) };
			const moved = findMoved(world, caller, address);
			if (moved !== undefined) {
				const { pathname, search } = new URL(c.req.url);
				const action = pathname.slice(pathname.indexOf(".git/") + ".git".length);
				return c.redirect(`${world.url}/${moved.owner}/${moved.name}.git${action}${search}`, 301);
			}
			return act(openRepository(world, caller, address, "contents", level), caller);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			// git prints these lines as "remote: …"
			const text = error.status === 404 ? "Repository not found." : `${error.message}.`;
			return c.text(`${text}\n`, error.status as 401 | 403 | 404 | 503, {
				...(error.status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}),
			});
		}
	}

	async function runBackend(c: Context, repository: RepositoryRow, caller: Caller): Promise<Response> {
		const url = new URL(c.req.url);
		const folder = world.git.path(repository);
		const action = url.pathname.slice(url.pathname.indexOf(".git/") + ".git".length);
		const rules = world.state.all<{ branch: string }>(
			"select branch from branch_rules where repository_id = ?",
			repository.id,
		);
		const child = world.git.start(["http-backend"], {
			GIT_PROJECT_ROOT: folder,
			GIT_HTTP_EXPORT_ALL: "1",
			PATH_INFO: action,
			QUERY_STRING: url.search.slice(1),
			REQUEST_METHOD: c.req.method,
			CONTENT_TYPE: c.req.header("content-type") ?? "",
			HTTP_CONTENT_ENCODING: c.req.header("content-encoding") ?? "",
			GIT_PROTOCOL: c.req.header("git-protocol") ?? "",
			REMOTE_USER: findActor(world, caller).login,
			REMOTE_ADDR: "127.0.0.1",
			PLAYGROUND_PROTECTED_REFS: rules.map(({ branch }) => `refs/heads/${branch}`).join(" "),
		});
		child.stderr.on("data", (line: Buffer) => world.log.debug({ line: line.toString() }, "git http-backend"));
		// The far side may hang up in the middle; then git sees the end of its input.
		child.stdin.on("error", () => {});
		const body = c.req.raw.body;
		if (body === null) child.stdin.end();
		else {
			const input = Readable.fromWeb(body as ReadableStream);
			input.on("error", () => child.stdin.destroy());
			input.pipe(child.stdin);
		}
		return readCgiResponse(child.stdout);
	}

	return app;
}

/** Turns what a CGI program prints (headers, an empty line, a body) into a response that streams. */
async function readCgiResponse(output: Readable): Promise<Response> {
	let head = Buffer.alloc(0);
	let end = -1;
	const chunks = output.iterator({ destroyOnReturn: false });
	while (end === -1) {
		const next = (await chunks.next()) as IteratorResult<Buffer, undefined>;
		if (next.done) throw new Error("git http-backend ended without a response");
		head = Buffer.concat([head, next.value]);
		end = head.indexOf("\r\n\r\n");
	}
	const headers = new Headers();
	let status = 200;
	for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
		const colon = line.indexOf(":");
		const name = line.slice(0, colon).toLowerCase();
		const value = line.slice(colon + 1).trim();
		if (name === "status") status = Number.parseInt(value, 10);
		else headers.set(name, value);
	}
	const first = head.subarray(end + 4);
	async function* body() {
		if (first.length > 0) yield first;
		yield* chunks;
	}
	return new Response(Readable.toWeb(Readable.from(body())) as unknown as ReadableStream<Uint8Array>, {
		status,
		headers,
	});
}
