import { setTimeout as delay } from "node:timers/promises";
import { AppError, coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { say, toRefusalAnswer } from "./git-answers.ts";
import { type Repository, type SandboxAccess, toTroubleWords } from "./sandbox-access.ts";

export type Service = "git-upload-pack" | "git-receive-pack";

export interface GitCall {
	access: SandboxAccess;
	request: Request;
	repository: Repository;
	reread: () => Promise<SandboxAccess | null>;
}

export interface GitRequest {
	service: Service;
	method: "GET" | "POST";
	/** Behind the repository's address. */
	rest: string;
	body: ReadableStream<Uint8Array> | null;
}

export interface GitAddresses {
	/** The https address of the repository at GitHub, ending in `.git`. */
	url(repository: Repository): string;
	/** A token good for this repository only. @throws AppError */
	token(repository: Repository, access: "read" | "write"): Promise<string>;
	/** GitHub did not take a token of this repository. */
	forgetTokens(repository: Repository): void;
}

/** Between tries, where GitHub has taken nothing yet: an outage of a moment is not for the agent to bear. */
const PAUSES_MS = [300, 1_200];

interface Reply {
	/** A number: the status with which GitHub refused. */
	answer: Response | number;
	/** Nothing was taken, and the next try may do better. */
	mayRepeat: boolean;
}

/** Asks GitHub for a sandbox, with a token added. What GitHub refuses is answered in our own words. */
export function createAskGit(deps: { git: GitAddresses; log: Log; fetch: typeof fetch }) {
	async function passOn(
		call: GitCall,
		repository: Repository,
		wanted: GitRequest,
	): Promise<Response | number> {
		for (let tries = 0; ; tries++) {
			const { answer, mayRepeat } = await tryOnce(call, repository, wanted);
			const pauseMs = PAUSES_MS[tries];
			if (!mayRepeat || pauseMs === undefined) return answer;
			await delay(pauseMs, undefined, { signal: call.request.signal });
		}
	}

	async function tryOnce(call: GitCall, repository: Repository, wanted: GitRequest): Promise<Reply> {
		const { request } = call;
		const { service, method, rest, body } = wanted;
		// What is sent cannot be sent a second time.
		const mayRepeat = body === null;
		let token: string;
		try {
			token = await deps.git.token(repository, service === "git-receive-pack" ? "write" : "read");
		} catch (error) {
			return toTokenReply(error, repository);
		}
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
				method,
				headers,
				...(body === null ? {} : { body, duplex: "half" }),
				signal: request.signal,
				redirect: "manual",
			});
		} catch (error) {
			if (request.signal.aborted) throw error;
			deps.log.warn({ err: coerceError(error) }, "GitHub cannot be reached");
			return { answer: say(502, AWAY_WORDS), mayRepeat };
		}
		if (answer.ok) {
			const passedBack = [...answer.headers].filter(
				([name]) => name === "content-type" || name === "cache-control",
			);
			const passed = new Response(answer.body, { status: answer.status, headers: passedBack });
			return { answer: passed, mayRepeat: false };
		}
		const { status } = answer;
		await answer.body?.cancel();
		// A token that was kept has been taken back. Git begins with a request that has no body.
		if (status === 401) deps.git.forgetTokens(repository);
		deps.log.warn({ status, repository, service }, "GitHub refused a git request");
		return { answer: status, mayRepeat: mayRepeat && (status === 401 || status >= 500) };
	}

	function toTokenReply(error: unknown, repository: Repository): Reply {
		if (!(error instanceof AppError)) throw error;
		deps.log.warn({ err: error, repository }, "GitHub gave no token for a git request");
		if (error.code === "repository_not_found") return { answer: 404, mayRepeat: false };
		if (error.code === "forbidden") return { answer: 403, mayRepeat: false };
		if (error.code === "rate_limited") return { answer: 429, mayRepeat: false };
		if (!error.retryable) throw error;
		return { answer: say(502, AWAY_WORDS), mayRepeat: true };
	}

	/**
	 * What GitHub refuses may be known by its list: the repository was renamed, archived, or is not ours any more. Under
	 * its new name it is asked again where nothing was sent yet.
	 */
	return async (call: GitCall, wanted: GitRequest): Promise<Response> => {
		const { repository, reread } = call;
		const answer = await passOn(call, repository, wanted);
		if (typeof answer !== "number") return answer;
		if (!isOfRepository(answer)) return toRefusalAnswer(answer);
		deps.git.forgetTokens(repository);
		const now = await reread();
		const known = now?.repository ?? null;
		if (now === null || known === null) return say(404, NO_REPOSITORY_WORDS);
		const trouble = toTrouble(now, wanted.service);
		if (trouble !== null) return trouble;
		const isRenamed = toFullName(known) !== toFullName(repository);
		if (isRenamed && wanted.body === null) {
			const second = await passOn(call, known, wanted);
			return typeof second === "number" ? toRefusalAnswer(second) : second;
		}
		if (isRenamed) return say(502, `The repository is called ${known.owner}/${known.name} now. Try again.`);
		return toRefusalAnswer(answer);
	};
}

const AWAY_WORDS = "GitHub cannot be reached. Try again in a minute.";
export const NO_REPOSITORY_WORDS = "This session has no such repository.";

/** Whether a refusal may mean that the repository is another now: moved, forbidden, gone. */
function isOfRepository(status: number): boolean {
	return (status >= 300 && status < 400) || status === 403 || status === 404;
}

/** The refusal where the repository is there to be read only, or not at all; null: there is none. */
export function toTrouble({ trouble, repository }: SandboxAccess, service: Service): Response | null {
	if (!trouble || repository === null) return null;
	if (trouble === "archived" && service === "git-upload-pack") return null;
	return say(trouble === "archived" ? 403 : 404, toTroubleWords(trouble, repository));
}

/** To compare with: GitHub's names have no case. */
export function toFullName({ owner, name }: Repository): string {
	return `${owner}/${name}`.toLowerCase();
}
