import type { PoolLimits } from "../../sandbox/pool.ts";
import type { SandboxProvider } from "../../sandbox/provider.ts";
import type { Database } from "../db/client.ts";
import type { Log } from "../log.ts";
import type { AgentPlace } from "../sessions/ports.ts";
import type { readCatalogue } from "../sessions/routing/repository-store.ts";
import type { RepositoryLimits } from "../sessions/routing/repository-trouble.ts";

/** What the pool needs of the place where code runs. */
type PoolPlace = Pick<
	SandboxProvider,
	"name" | "create" | "get" | "delete" | "exec" | "readFile" | "writeFile" | "touch"
>;

/** Starts the agent in a sandbox unless it runs, waits until it answers, and connects. The checkout need not be there yet. */
type ConnectAgent = (
	place: AgentPlace,
	signal: AbortSignal,
) => Promise<{
	/** Lets it load what it loads at its first turn; the checkout must be there. */
	warmUp(): Promise<void>;
	close(): Promise<void>;
}>;

export interface PoolDeps {
	database: Pick<Database, "db" | "connect">;
	sandboxes: PoolPlace;
	connectAgent: ConnectAgent;
	limits: PoolLimits;
	repositoryLimits?: RepositoryLimits;
	/** To know whether others live. */
	instanceId: string;
	log: Log;
	now: () => number;
	newId: () => string;
	/** Unguessable. */
	newToken: () => string;
}

/** Which repository a message means, by what is known without asking anybody. `open`: any; `none`: none of these. */
export type GuessRepository = (message: {
	text: string;
	repositories: Awaited<ReturnType<typeof readCatalogue>>;
	/** There are more than these. */
	hasMore: boolean;
	channelRepositoryId: string | null;
}) => { outcome: "likely"; repositoryId: string } | { outcome: "open" } | { outcome: "none" };
