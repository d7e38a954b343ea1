import { Readable } from "node:stream";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createAskGit, type GitAddresses, NO_REPOSITORY_WORDS, toFullName, toTrouble } from "./ask-git.ts";
import { say } from "./git-answers.ts";
import { unpack } from "./push-body.ts";
import { createPushForward, type IsForward } from "./push-forward.ts";
import { READER_WORDS, type SandboxAccess } from "./sandbox-access.ts";
import { createTakePush, type Pushes } from "./take-push.ts";

/**
 * Git over smart HTTP for the one repository of the sandbox's session, with a GitHub token added outside. Pushes are
 * read before they are passed on: only the session's own branches may be created or moved.
 */
export function createGitProxy(deps: {
	git: GitAddresses;
	pushes: Pushes;
	isForward: IsForward;
	log: Log;
	newId: () => string;
	fetch: typeof fetch;
}) {
	const ask = createAskGit(deps);
	const takePush = createTakePush({ ...deps, ask, pushForward: createPushForward(deps) });

	return async (
		request: Request,
		access: SandboxAccess,
		path: string,
		reread: () => Promise<SandboxAccess | null>,
	): Promise<Response> => {
		const [, owner, name, rest] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(\/.*)$/.exec(path) ?? [];
		const { repository } = access;
		if (repository === null || owner === undefined || name === undefined || rest === undefined)
			return say(404, NO_REPOSITORY_WORDS);
		const names = [toFullName(repository), ...access.formerNames.map((full) => full.toLowerCase())];
		if (!names.includes(toFullName({ owner, name }))) return say(404, NO_REPOSITORY_WORDS);
		const right = await readRight(access);
		if (right instanceof Response) return right;
		const isIdle = access.promptId === null;
		// Where git asks what there is, and there alone, the address says for which of the two.
		const service = rest === "/info/refs" ? new URL(request.url).searchParams.get("service") : rest.slice(1);
		const isPush = service === "git-receive-pack";
		// Between turns Bobbin itself keeps what is not committed.
		if (right === "none" && !(isIdle && isPush)) return say(404, NO_REPOSITORY_WORDS);
		const onlySaves = right !== "full" && isIdle;
		const mayPush = right === "full" || onlySaves;
		const call = { access, request, repository, reread };
		if (request.method === "GET" && rest === "/info/refs") {
			if (service !== "git-upload-pack" && service !== "git-receive-pack")
				return say(403, "Only git's smart protocol is offered.");
			if (service === "git-receive-pack" && access.isReadOnly) return refuseReader();
			if (service === "git-receive-pack" && !mayPush) return say(403, READER_WORDS);
			const wanted = { service, method: "GET", rest: `${rest}?service=${service}`, body: null } as const;
			return toTrouble(access, service) ?? ask(call, wanted);
		}
		if (request.method === "POST" && rest === "/git-upload-pack") {
			const body = request.body === null ? null : Readable.toWeb(unpack(request, request.body));
			const wanted = { service: "git-upload-pack", method: "POST", rest } as const;
			return (
				toTrouble(access, "git-upload-pack") ??
				ask(call, { ...wanted, body: body as ReadableStream<Uint8Array> | null })
			);
		}
		if (request.method === "POST" && rest === "/git-receive-pack") {
			if (access.isReadOnly) return refuseReader();
			if (!mayPush) return say(403, READER_WORDS);
			return toTrouble(access, "git-receive-pack") ?? takePush(call, onlySaves);
		}
		return say(404, "The gateway does not offer this.");
	};
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

function refuseReader(): Response {
	return say(403, "No session has this sandbox, so nothing may be pushed from it.");
}
