import { setTimeout as delay } from "node:timers/promises";
import { toCapacity } from "../../sandbox/pool.ts";
import type { WarmAnswer } from "../contract/warm.ts";
import { AppError, coerceError } from "../errors.ts";
import { findNewestImage } from "../images/image-store.ts";
import type { Access } from "../people/access.ts";
import {
	findRepositoryByName,
	readCatalogueFor,
	readChannelDefault,
} from "../sessions/routing/repository-store.ts";
import { readWarmFigures, type WarmFigures } from "./figures-store.ts";
import { giveHint, noSuchRepository } from "./give-hint.ts";
import { findLastOfChannel, findLastOfPerson, type Hint } from "./hint-store.ts";
import { createPoolKeeper } from "./keep-pool.ts";
import { makeEntry } from "./make-entry.ts";
import { hasWarm } from "./pool-store.ts";
import type { GuessRepository, PoolDeps } from "./ports.ts";
import { toRepositoryName } from "./repository-name.ts";

const LOOK_EVERY_MS = 50;

/** Sandboxes that are there before the prompt is. */
export interface Warm {
	/**
	 * A session on this repository may begin soon.
	 *
	 * @throws AppError `repository_not_found`, also where it is not the person's to read; `access_unknown` (retryable)
	 */
	hint(hint: Hint): Promise<WarmAnswer>;
	/** Somebody asks for something, and nobody knows yet of which repository: warms the likeliest one, beside. */
	mentioned(mention: { personId: string; text: string; teamId: string; channelId: string }): void;
	/** Somebody writes what they want done: warms the likeliest repository, beside. */
	typed(draft: { personId: string; text: string; teamId: string; channelId: string }): void;
	/** Somebody chose a repository for what they are about to ask for: warms it, beside. */
	picked(choice: { personId: string; repositoryId: string }): void;
	/** Somebody looks at us: warms what they worked on last, beside. */
	visited(visit: { personId: string }): void;
	/** Somebody writes a message with these links: warms the first of our repositories among them, beside. */
	linked(links: { personId: string; urls: string[] }): void;
	/** Somebody looks at a channel with us beside it: warms the channel's repository, beside. */
	looked(look: { personId: string; teamId: string; channelId: string }): void;
	/** Makes one for this repository and waits for it. @throws AppError `not_warmed` */
	prepare(repositoryId: string, signal: AbortSignal): Promise<void>;
	figures(since: Date): Promise<WarmFigures>;
	/** Begins to keep the pool. */
	start(): Promise<void>;
	stop(): Promise<void>;
}

export function createWarm(
	deps: PoolDeps & { guessRepository: GuessRepository; access: Pick<Access, "allowed"> },
): Warm {
	const { log, limits } = deps;
	const { db } = deps.database;
	const isOn = toCapacity(limits) > 0;
	const keeper = createPoolKeeper(deps);
	const atWork = new Set<Promise<void>>();

	/** Asked also where no sandbox is made: what comes of the hint asks the same in a moment. */
	async function mayRead({ personId, repositoryId }: Hint): Promise<boolean> {
		if (personId === null) return true;
		const question = { personId, repositoryIds: [repositoryId], need: "read" as const };
		return (await deps.access.allowed(question)).has(repositoryId);
	}

	const give = (given: Hint) => giveHint({ ...deps, db, provider: deps.sandboxes.name }, given);

	async function hint(given: Hint): Promise<WarmAnswer> {
		if (!(await mayRead(given))) throw noSuchRepository();
		return give(given);
	}

	/** Nobody waits for it, and nothing comes of its failing. */
	function aside(find: () => Promise<string | null>, rest: Omit<Hint, "repositoryId">): void {
		const work = find()
			.then(async (repositoryId) => {
				if (repositoryId === null) return;
				const given = { repositoryId, ...rest };
				if (await mayRead(given)) await give(given);
			})
			.catch((thrown) => log.warn({ err: coerceError(thrown) }, "a hint came to nothing"))
			.finally(() => atWork.delete(work));
		atWork.add(work);
	}

	async function guess(text: string, channel: { teamId: string; channelId: string }): Promise<string | null> {
		const channelRepositoryId = await readChannelDefault(db, channel);
		const wantedIds = channelRepositoryId === null ? [] : [channelRepositoryId];
		const catalogue = await readCatalogueFor(db, { evidence: [text], wantedIds });
		const guessed = deps.guessRepository({ text, ...catalogue, channelRepositoryId });
		if (guessed.outcome === "likely") return guessed.repositoryId;
		if (guessed.outcome === "none") return null;
		const last = await findLastOfChannel(db, channel);
		return catalogue.repositories.some(({ id }) => id === last) ? last : null;
	}

	async function findLinked(urls: string[]): Promise<string | null> {
		for (const url of urls) {
			const name = toRepositoryName(url);
			const repository = name && (await findRepositoryByName(db, name));
			if (repository) return repository.id;
		}
		return null;
	}

	return {
		hint,
		mentioned({ personId, text, ...channel }) {
			aside(() => guess(text, channel), { personId, source: "mention" });
		},
		typed({ personId, text, ...channel }) {
			aside(() => guess(text, channel), { personId, source: "typing" });
		},
		picked({ personId, repositoryId }) {
			aside(async () => repositoryId, { personId, source: "composer" });
		},
		visited({ personId }) {
			aside(() => findLastOfPerson(db, personId), { personId, source: "home" });
		},
		linked({ personId, urls }) {
			aside(() => findLinked(urls), { personId, source: "link" });
		},
		looked({ personId, ...channel }) {
			aside(() => guess("", channel), { personId, source: "home" });
		},
		async prepare(repositoryId, signal) {
			if (isOn) {
				await hint({ repositoryId, personId: null, source: "api" });
				while (!(await hasWarm(db, { repositoryId, provider: deps.sandboxes.name })))
					await delay(LOOK_EVERY_MS, undefined, { signal });
				return;
			}
			const image = await findNewestImage(db, { repositoryId, provider: deps.sandboxes.name });
			const { done } = await makeEntry(deps, { repositoryId, imageId: image?.id ?? null }, signal);
			if ((await done).outcome === "failed")
				throw new AppError("not_warmed", "The sandbox could not be made; the log says why.", {
					retryable: true,
				});
		},
		figures: (since) => readWarmFigures(db, since),
		start: keeper.start,
		async stop() {
			await Promise.all(atWork);
			await keeper.stop();
		},
	};
}
