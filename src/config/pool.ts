import { totalmem } from "node:os";
import type { PoolLimits } from "../../sandbox/pool.ts";
import type { Environment } from "./environment.ts";

/** Memory of a sandbox whose agent waits for its first prompt. */
const WARM_SANDBOX_MIB = 600;

/** Where no number is set, a quarter of this machine's memory may be taken, by four sandboxes at most. */
export function toPoolLimits(e: Environment): PoolLimits {
	const fitting = Math.floor(totalmem() / 4 / (WARM_SANDBOX_MIB * 1024 * 1024));
	return {
		sandboxes: e.POOL_MAX_SANDBOXES ?? Math.min(4, fitting),
		memoryMiB: e.POOL_MEMORY_MIB ?? null,
		usdPerHour: e.POOL_USD_PER_HOUR ?? null,
		each: { memoryMiB: WARM_SANDBOX_MIB, usdPerHour: e.SANDBOX_USD_PER_HOUR },
		makingAtOnce: 1,
	};
}
