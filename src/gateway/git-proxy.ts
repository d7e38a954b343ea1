import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { decidePush, toRefusal } from "./decide-push.ts";
import { type ReceivePackHead, readReceivePackHead } from "./receive-pack-commands.ts";
import type { SandboxAccess } from "./sandbox-access.ts";

/** Room for some five thousand refs in one push. */
const COMMANDS_MAX_BYTES = 1024 * 1024;

type Service = "git-upload-pack" | "git-receive-pack";

/**
 * Git over smart HTTP for the one repository of the sandbox's session, with a GitHub token added outside. Pushes are
 * read before they are passed on: only the session's own branches may be created or moved.
 */
export function createGitProxy(deps: {
	git: {
		url(repository: { owner: string; name: string }): string;
		token(repository: { owner: string; name: string }, access: "read" | "write"): Promise<string>;
		forgetTokens(repository: { owner: string; name: string }): void;
	};
	log: Log;
	fetch: typeof fetch;
}) {
	async function passOn(
		request: Request,
		repository: { owner: string; name: string },
		service: Service,
		rest: string,
		body: ReadableStream<Uint8Array> | null,
		isSecondTry = false,
	): Promise<Response> {
		const token = await deps.git.token(repository, service === "git-receive-pack" ? "write" : "read");
		const headers = new Headers({
			authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
			"accept-encoding": "identity",
			"user-agent": "git/bobbin",
		});
		for (const name of ["accept", "content-type", "git-protocol"]) {
			const value = request.headers.get(name);
			if (value !== null) headers.set(name, value);
		}
		let answer: Response;
		try {
			answer = await deps.fetch(`${deps.git.url(repository)}${rest}`, {
				method: request.method,
				headers,
				...(body === null ? {} : { body, duplex: "half" }),
				signal: request.signal,
				redirect: "manual",
			});
		} catch (error) {
			if (request.signal.aborted) throw error;
			deps.log.warn({ err: coerceError(error) }, "GitHub cannot be reached");
			return say(502, "GitHub cannot be reached. Try again in a minute.");
		}
		if (answer.ok) {
			const passedBack = [...answer.headers].filter(
				([name]) => name === "content-type" || name === "cache-control",
			);
			return new Response(answer.body, { status: answer.status, headers: passedBack });
		}
		await answer.body?.cancel();
		if (answer.status === 401) {
			// A token that was kept has been taken back. Git begins with a request that has no body.
			deps.git.forgetTokens(repository);
			if (body === null && !isSecondTry) return passOn(request, repository, service, rest, null, true);
		}
		deps.log.warn({ status: answer.status, repository, service }, "GitHub refused a git request");
		return say(...toRefusalAnswer(answer.status));
	}

	async function push(
		request: Request,
		repository: { owner: string; name: string },
		branchPrefix: string,
	): Promise<Response> {
		if (request.body === null) return say(400, "The push is empty.");
		const { head, read, rest } = await readHead(unpack(request, request.body));
		if (head.state !== "complete") {
			return say(
				400,
				`The push cannot be read: ${head.state === "malformed" ? head.reason : "it breaks off"}.`,
			);
		}
		const refused = decidePush(head.commands, branchPrefix);
		if (refused === null) {
			const whole = Readable.toWeb(Readable.from(joined(read, rest))) as ReadableStream<Uint8Array>;
			return passOn(request, repository, "git-receive-pack", "/git-receive-pack", whole);
		}
		// Git reads the answer only after it has sent its pack.
		for await (const _ of { [Symbol.asyncIterator]: () => rest });
		return new Response(Uint8Array.from(toRefusal(refused, head.capabilities)), {
			headers: { "content-type": "application/x-git-receive-pack-result", "cache-control": "no-cache" },
		});
	}

	return async (request: Request, access: SandboxAccess, path: string): Promise<Response> => {
		const [, owner, name, rest] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(\/.*)$/.exec(path) ?? [];
		const repository = access.repository;
		if (
			repository === null ||
			owner?.toLowerCase() !== repository.owner.toLowerCase() ||
			name?.toLowerCase() !== repository.name.toLowerCase()
		) {
			return say(404, "This session has no such repository.");
		}
		const service = new URL(request.url).searchParams.get("service");
		if (request.method === "GET" && rest === "/info/refs") {
			if (service !== "git-upload-pack" && service !== "git-receive-pack") {
				return say(403, "Only git's smart protocol is offered.");
			}
			if (service === "git-receive-pack" && access.isReadOnly) return refuseReader();
			return passOn(request, repository, service, `${rest}?service=${service}`, null);
		}
		if (request.method === "POST" && rest === "/git-upload-pack") {
			const body = request.body === null ? null : Readable.toWeb(unpack(request, request.body));
			return passOn(request, repository, "git-upload-pack", rest, body as ReadableStream<Uint8Array> | null);
		}
		if (request.method === "POST" && rest === "/git-receive-pack") {
			if (access.isReadOnly) return refuseReader();
			return push(request, repository, access.branchPrefix);
		}
		return say(404, "The gateway does not offer this.");
	};
}

/** Git may compress what it sends; it is passed on as it was before. */
function unpack(request: Request, body: ReadableStream<Uint8Array>): Readable {
	const readable = Readable.fromWeb(body as never);
	if (!request.headers.get("content-encoding")?.includes("gzip")) return readable;
	return readable.compose(createGunzip()) as Readable;
}

async function readHead(
	body: Readable,
): Promise<{ head: ReceivePackHead; read: Buffer; rest: AsyncIterator<Buffer> }> {
	const rest: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
	let read = Buffer.alloc(0);
	for (;;) {
		const { done, value } = await rest.next();
		if (value !== undefined) read = Buffer.concat([read, value]);
		const head = readReceivePackHead(read);
		if (head.state !== "incomplete" || done) return { head, read, rest };
		if (read.length > COMMANDS_MAX_BYTES) {
			return { head: { state: "malformed", reason: "it has too many commands" }, read, rest };
		}
	}
}

async function* joined(read: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
	yield read;
	for (;;) {
		const { done, value } = await rest.next();
		if (done) return;
		yield value;
	}
}

function refuseReader(): Response {
	return say(403, "No session has this sandbox, so nothing may be pushed from it.");
}

function toRefusalAnswer(status: number): [number, string] {
	if (status === 401 || status === 403) return [403, "GitHub does not let Bobbin do this in the repository."];
	if (status === 404) return [404, "GitHub has no such repository, or Bobbin may not see it."];
	if (status === 429) return [429, "GitHub asks Bobbin to slow down. Try again in a minute."];
	return [502, `GitHub answered with an error (HTTP ${status}). Try again in a minute.`];
}

function say(status: number, sentence: string): Response {
	return new Response(`${sentence}\n`, { status, headers: { "content-type": "text/plain" } });
}
