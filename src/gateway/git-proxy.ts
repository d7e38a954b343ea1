import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError, coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { decidePush, toRefusal } from "./decide-push.ts";
import { type ReceivePackHead, type RefCommand, readReceivePackHead } from "./receive-pack-commands.ts";
import { readTakenRefs, toRemark } from "./receive-pack-report.ts";
import { READER_WORDS, type SandboxAccess, toTroubleWords } from "./sandbox-access.ts";

/** Room for some five thousand refs in one push. */
const COMMANDS_MAX_BYTES = 1024 * 1024;

type Service = "git-upload-pack" | "git-receive-pack";

interface Repository {
	owner: string;
	name: string;
}

/** Keeps what is pushed: before GitHub gets it, and what GitHub took of it. */
export interface Pushes<Sent = unknown> {
	sent(push: {
		sessionId: string;
		promptId: string | null;
		refs: { branch: string; beforeSha: string | null; sha: string }[];
	}): Promise<Sent>;
	answered(sent: Sent, takenBranches: ReadonlySet<string>): Promise<void>;
}

interface Call {
	access: SandboxAccess;
	request: Request;
	repository: Repository;
	reread: () => Promise<SandboxAccess | null>;
}

/**
 * Git over smart HTTP for the one repository of the sandbox's session, with a GitHub token added outside. Pushes are
 * read before they are passed on: only the session's own branches may be created or moved.
 */
export function createGitProxy(deps: {
	git: {
		url(repository: Repository): string;
		token(repository: Repository, access: "read" | "write"): Promise<string>;
		forgetTokens(repository: Repository): void;
	};
	pushes: Pushes;
	log: Log;
	fetch: typeof fetch;
}) {
	/** GitHub's answer, or the status with which it refused. */
	async function passOn(
		request: Request,
		repository: Repository,
		service: Service,
		rest: string,
		body: ReadableStream<Uint8Array> | null,
		isSecondTry = false,
	): Promise<Response | number> {
		const token = await readToken(repository, service);
		if (token.outcome === "refused") return token.answer;
		const headers = new Headers({
			authorization: `Basic ${Buffer.from(`x-access-token:${token.token}`).toString("base64")}`,
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
		return answer.status;
	}

	async function readToken(
		repository: Repository,
		service: Service,
	): Promise<{ outcome: "token"; token: string } | { outcome: "refused"; answer: Response | number }> {
		try {
			const access = service === "git-receive-pack" ? "write" : "read";
			return { outcome: "token", token: await deps.git.token(repository, access) };
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			deps.log.warn({ err: error, repository, service }, "GitHub gave no token for a git request");
			if (error.code === "repository_not_found") return { outcome: "refused", answer: 404 };
			if (error.code === "forbidden") return { outcome: "refused", answer: 403 };
			if (!error.retryable) throw error;
			return { outcome: "refused", answer: say(error.code === "rate_limited" ? 429 : 502, error.message) };
		}
	}

	/**
	 * What GitHub refuses may be known by its list: the repository was renamed, archived, or is not ours any more. Under
	 * its new name it is asked again where nothing was sent yet.
	 */
	async function ask(
		call: Call,
		service: Service,
		rest: string,
		body: ReadableStream<Uint8Array> | null,
	): Promise<Response> {
		const { request, repository, reread } = call;
		const answer = await passOn(request, repository, service, rest, body);
		if (typeof answer !== "number") return answer;
		if (!isOfRepository(answer)) return say(...toRefusalAnswer(answer));
		deps.git.forgetTokens(repository);
		const now = await reread();
		const known = now?.repository ?? null;
		if (now === null || known === null) return say(404, "This session has no such repository.");
		const trouble = toTrouble(now, service);
		if (trouble !== null) return trouble;
		const isRenamed = toName(known) !== toName(repository);
		if (isRenamed && body === null) {
			const second = await passOn(request, known, service, rest, null);
			return typeof second === "number" ? say(...toRefusalAnswer(second)) : second;
		}
		if (isRenamed) return say(502, `The repository is called ${known.owner}/${known.name} now. Try again.`);
		return say(...toRefusalAnswer(answer));
	}

	async function push(call: Call, onlySaves: boolean): Promise<Response> {
		const { request, access } = call;
		if (request.body === null) return say(400, "The push is empty.");
		const { head, read, rest } = await readHead(unpack(request, request.body));
		if (head.state !== "complete") {
			return say(
				400,
				`The push cannot be read: ${head.state === "malformed" ? head.reason : "it breaks off"}.`,
			);
		}
		const refused = decidePush(head.commands, access.branchPrefix, {
			onlySaves,
			adopted: access.adoptedBranch ?? null,
		});
		if (refused === null) {
			const { sessionId, promptId } = access;
			const whole = Readable.toWeb(Readable.from(joined(read, rest))) as ReadableStream<Uint8Array>;
			const passOnWhole = () => ask(call, "git-receive-pack", "/git-receive-pack", whole);
			// Before a large pack git sends a push of nothing, to learn whether it may.
			if (head.commands.length === 0) return passOnWhole();
			const sent = await deps.pushes.sent({ sessionId, promptId, refs: head.commands.map(toUpdate) });
			return noteAnswer(sent, await passOnWhole(), head);
		}
		// Git reads the answer only after it has sent its pack.
		for await (const _ of { [Symbol.asyncIterator]: () => rest });
		return new Response(Uint8Array.from(toRefusal(refused, head.capabilities)), {
			headers: { "content-type": "application/x-git-receive-pack-result", "cache-control": "no-cache" },
		});
	}

	/** Git hears of it only after it is written down. Where the answer says nothing, GitHub may have taken it. */
	async function noteAnswer(
		sent: unknown,
		answer: Response,
		{ commands, capabilities }: { commands: RefCommand[]; capabilities: string[] },
	): Promise<Response> {
		const isUnknown = answer.status >= 500;
		const report = answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
		const refs = report === null ? new Set<string>() : readTakenRefs(report, capabilities);
		if (refs !== null && !isUnknown) {
			const branches = new Set([...refs].map(toBranch));
			await deps.pushes
				.answered(sent, branches)
				.catch((err) => deps.log.error({ err: coerceError(err) }, "what GitHub took could not be noted"));
		}
		if (report === null) return answer;
		const refused = refs === null ? [] : commands.filter(({ ref }) => !refs.has(ref));
		const remark =
			refused.length === 0 ? [] : [toRemark(toRuleWords(refused.map(({ ref }) => ref)), capabilities)];
		const body = Uint8Array.from(Buffer.concat([...remark, report]));
		return new Response(body, { status: answer.status, headers: answer.headers });
	}

	return async (
		request: Request,
		access: SandboxAccess,
		path: string,
		reread: () => Promise<SandboxAccess | null>,
	): Promise<Response> => {
		const [, owner, name, rest] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(\/.*)$/.exec(path) ?? [];
		const { repository } = access;
		if (repository === null || owner === undefined || name === undefined || rest === undefined) {
			return say(404, "This session has no such repository.");
		}
		const names = [toName(repository), ...(access.formerNames ?? []).map((full) => full.toLowerCase())];
		if (!names.includes(toName({ owner, name }))) return say(404, "This session has no such repository.");
		const right = await readRight(access);
		if (right instanceof Response) return right;
		const isIdle = access.promptId === null;
		if (right === "none" && !isIdle) return say(404, "This session has no such repository.");
		// Between turns Bobbin itself keeps what is not committed.
		const onlySaves = right !== "full" && isIdle;
		const mayPush = right === "full" || onlySaves;
		const call = { access, request, repository, reread };
		const service = new URL(request.url).searchParams.get("service");
		if (request.method === "GET" && rest === "/info/refs") {
			if (service !== "git-upload-pack" && service !== "git-receive-pack") {
				return say(403, "Only git's smart protocol is offered.");
			}
			if (service === "git-receive-pack" && access.isReadOnly) return refuseReader();
			if (service === "git-receive-pack" && !mayPush) return say(403, READER_WORDS);
			return toTrouble(access, service) ?? ask(call, service, `${rest}?service=${service}`, null);
		}
		if (request.method === "POST" && rest === "/git-upload-pack") {
			const body = request.body === null ? null : Readable.toWeb(unpack(request, request.body));
			return (
				toTrouble(access, "git-upload-pack") ??
				ask(call, "git-upload-pack", rest, body as ReadableStream<Uint8Array> | null)
			);
		}
		if (request.method === "POST" && rest === "/git-receive-pack") {
			if (access.isReadOnly) return refuseReader();
			if (!mayPush) return say(403, READER_WORDS);
			return toTrouble(access, "git-receive-pack") ?? push(call, onlySaves);
		}
		return say(404, "The gateway does not offer this.");
	};
}

/** Git passes on GitHub's reason; this is what can be done. */
function toRuleWords(refs: string[]): string {
	return `GitHub did not take ${refs.map(toBranch).join(", ")}. Where somebody else pushed there meanwhile, fetch and build on that. Where a rule of the repository protects it, somebody who administers it can let Bobbin's GitHub App push to bobbin/** under Settings, Rules; say so in your answer.`;
}

function toUpdate({ ref, oldOid, newOid }: RefCommand) {
	return { branch: toBranch(ref), beforeSha: /^0+$/.test(oldOid) ? null : oldOid, sha: newOid };
}

function toBranch(ref: string): string {
	return ref.replace(/^refs\/heads\//, "");
}

/** What the author of the turn may do; a sandbox that no session has is for nobody in particular. */
async function readRight(access: SandboxAccess): Promise<"full" | "read" | "none" | Response> {
	if (access.isReadOnly) return "full";
	try {
		if (await access.mayDo("write")) return "full";
		return (await access.mayDo("read")) ? "read" : "none";
	} catch (error) {
		if (!(error instanceof AppError && error.retryable)) throw error;
		return say(503, error.message);
	}
}

/** Whether a refusal may mean that the repository is another now: moved, forbidden, gone. */
function isOfRepository(status: number): boolean {
	return (status >= 300 && status < 400) || status === 403 || status === 404;
}

function toTrouble({ trouble, repository }: SandboxAccess, service: Service): Response | null {
	if (!trouble || repository === null) return null;
	if (trouble === "archived" && service === "git-upload-pack") return null;
	return say(trouble === "archived" ? 403 : 404, toTroubleWords(trouble, repository));
}

function toName({ owner, name }: Repository): string {
	return `${owner}/${name}`.toLowerCase();
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
