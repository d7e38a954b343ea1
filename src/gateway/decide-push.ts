import type { RefCommand } from "./receive-pack-commands.ts";
import { isOwnBranch } from "./sandbox-access.ts";

/**
 * null: the push may go on. Otherwise the refused refs with a reason in words each. `onlySaves`: nothing may be pushed
 * but the branch that keeps a session's work. `adopted`: somebody's branch that it was asked to work on.
 */
export function decidePush(
	commands: RefCommand[],
	branchPrefix: string,
	{ onlySaves = false, adopted = null }: { onlySaves?: boolean; adopted?: string | null } = {},
): Map<string, string> | null {
	const refused = new Map<string, string>();
	for (const { ref, newOid } of commands) {
		const branch = ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
		const isWanted =
			branch !== null && !onlySaves && (isOwnBranch(branch, branchPrefix) || branch === adopted);
		if (branch === null || !(isWanted || branch === toWipBranch(branchPrefix))) {
			const others = adopted === null ? "" : ` and to ${adopted}`;
			refused.set(ref, `this session may push only to ${branchPrefix}-* branches${others}`);
		} else if (/^0+$/.test(newOid)) {
			refused.set(ref, "this session may not delete branches");
		}
	}
	if (refused.size === 0) return null;
	for (const { ref } of commands) {
		if (!refused.has(ref)) refused.set(ref, "another ref of this push was refused");
	}
	return refused;
}

/** `bobbin/wip/1a2b3c4d` of the session of `bobbin/1a2b3c4d`: where its work is kept when no snapshot can be taken. */
function toWipBranch(branchPrefix: string): string {
	return branchPrefix.replace(/^bobbin\//, "bobbin/wip/");
}
