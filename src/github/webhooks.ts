import { Webhooks } from "@octokit/webhooks";
import { z } from "zod";
import { AppError, coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Github, PullRequestFacts, RepositoryAddress } from "./github.ts";
import type { GithubStore, InboxRow } from "./store.ts";

// GitHub sends at most 25 MB.
const LARGEST_BYTES = 25 * 1024 * 1024;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10 * 60 * 1000;

export interface GithubWebhooksDeps {
	store: GithubStore;
	secret: string;
	github: Pick<Github, "readPullRequest">;
	/** A pull request may have changed: what it is now, read after the webhook. */
	onPullRequest(change: { repository: RepositoryAddress; pullRequest: PullRequestFacts }): Promise<void>;
	/** A branch or a tag was pushed, moved or deleted; `ref` is whole, for example `refs/heads/main`. */
	onPush(push: { repository: RepositoryAddress; ref: string }): Promise<void>;
	/** The App was given or denied repositories, or one changed its name or description. */
	onRepositoriesChanged(): Promise<void>;
	log: Log;
	now: () => number;
}

export interface GithubWebhooks {
	/** `POST /github/webhooks`: 401 and no row for a wrong signature, else kept, then 202, then processed. */
	handle(request: Request): Promise<Response>;
	/** Processes what is kept and not processed; call it at start. */
	replay(): Promise<void>;
	/** Takes no more work and waits for what is under way. */
	drain(): Promise<void>;
}

// Only what says where to look is kept: the rest is read again from GitHub, and a payload may be 25 MB of anything.
const payloadPart = z.object({
	action: z.string().optional(),
	repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }).optional(),
	pull_request: z.object({ number: z.number().int() }).optional(),
	ref: z.string().optional(),
});
const delivery = payloadPart.extend({ event: z.string() });

/** GitHub's webhooks: verified, kept, answered, then processed by reading GitHub again, so that order does not matter. */
export function createGithubWebhooks(deps: GithubWebhooksDeps): GithubWebhooks {
	const { store, log, now } = deps;
	const verifier = new Webhooks({ secret: deps.secret });
	const underWay = new Set<Promise<void>>();
	let timer: NodeJS.Timeout | undefined;
	let timerAtMs = Number.POSITIVE_INFINITY;
	let draining = false;

	async function processRow(row: InboxRow): Promise<void> {
		const { event, repository, pull_request, ref } = delivery.parse(row.body);
		switch (event) {
			case "pull_request": {
				if (repository === undefined || pull_request === undefined) return;
				const address = { owner: repository.owner.login, name: repository.name };
				const pullRequest = await deps.github.readPullRequest({ ...address, number: pull_request.number });
				return deps.onPullRequest({ repository: address, pullRequest });
			}
			case "push": {
				if (repository === undefined || ref === undefined) return;
				return deps.onPush({ repository: { owner: repository.owner.login, name: repository.name }, ref });
			}
			case "installation":
			case "installation_repositories":
			case "repository":
				return deps.onRepositoriesChanged();
			default:
				// Subscribed for later parts; its row says that it came.
				return;
		}
	}

	async function take(id: number): Promise<void> {
		const row = await store.claimDelivery(id);
		if (row === null) return;
		try {
			await processRow(row);
			await store.finishDelivery(id, null);
		} catch (thrown) {
			const error = coerceError(thrown);
			const hopeless = (error instanceof AppError && !error.retryable) || error instanceof z.ZodError;
			log.warn({ err: error, delivery: row.key, attempts: row.attempts }, "a GitHub webhook failed");
			if (hopeless) return store.finishDelivery(id, error.message);
			const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (row.attempts - 1), LONGEST_RETRY_MS);
			await store.postponeDelivery(id, { error: error.message, waitMs });
			wakeAt(now() + waitMs);
		}
	}

	/** Starts to process a row; a failure of the database leaves it for the next replay. */
	function begin(id: number): Promise<void> {
		const work = take(id)
			.catch((error) => {
				log.error({ err: error, inboxId: id }, "a GitHub webhook could not be taken from the inbox");
				wakeAt(now() + LONGEST_RETRY_MS);
			})
			.finally(() => underWay.delete(work));
		underWay.add(work);
		return work;
	}

	function wakeAt(atMs: number): void {
		if (draining || atMs >= timerAtMs) return;
		clearTimeout(timer);
		timerAtMs = atMs;
		timer = setTimeout(
			() => {
				timerAtMs = Number.POSITIVE_INFINITY;
				replay().catch((error) => log.error({ err: error }, "GitHub webhooks could not be replayed"));
			},
			Math.max(0, atMs - now()),
		);
		timer.unref();
	}

	async function replay(): Promise<void> {
		for (const { id, claimedUntilMs } of await store.listOpenDeliveries()) {
			if (draining) return;
			// Another process has it, or had it when it died.
			if (claimedUntilMs !== null && claimedUntilMs > now()) wakeAt(claimedUntilMs);
			else await begin(id);
		}
	}

	return {
		async handle(request) {
			if (draining) return new Response("shutting down", { status: 503 });
			const body = await readText(request, LARGEST_BYTES);
			if (body === null) return new Response("too large", { status: 413 });
			const signature = request.headers.get("x-hub-signature-256") ?? "";
			const id = request.headers.get("x-github-delivery") ?? "";
			const event = request.headers.get("x-github-event") ?? "";
			if (signature === "" || !(await verifier.verify(body, signature))) {
				return new Response("wrong signature", { status: 401 });
			}
			if (id === "" || event === "") return new Response("not a GitHub webhook", { status: 400 });
			const parsed = payloadPart.safeParse(parseJson(body));
			if (!parsed.success) return new Response("not a payload of GitHub's", { status: 400 });
			const row = await store.insertDelivery({ id, body: { ...parsed.data, event } });
			if (row !== null) void begin(row.id);
			return new Response(null, { status: 202 });
		},
		replay,
		async drain() {
			draining = true;
			clearTimeout(timer);
			await Promise.all(underWay);
		},
	};
}

/** null: it is larger than that. Nobody is known yet, so not even its length is believed. */
async function readText(request: Request, maxBytes: number): Promise<string | null> {
	const pieces: Uint8Array[] = [];
	let size = 0;
	for await (const piece of request.body ?? []) {
		size += piece.length;
		if (size > maxBytes) return null;
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString("utf8");
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
