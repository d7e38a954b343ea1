import type { PoolPlace } from "./ports.ts";

/** Idempotent. */
export async function removeSandbox(
	sandboxes: Pick<PoolPlace, "get" | "delete">,
	name: string,
): Promise<void> {
	const info = await sandboxes.get(name);
	if (info && info.state !== "deleted") await sandboxes.delete(info.id);
}
