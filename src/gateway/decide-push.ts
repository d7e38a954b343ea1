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

/**
 * The answer of git-receive-pack that refuses every ref of a push, as git prints it beside each ref: a status report,
 * inside side band 1 where the client speaks side bands.
 */
export function toRefusal(refused: Map<string, string>, capabilities: string[]): Buffer {
	const report = Buffer.concat([
		toPacket("unpack ok\n"),
		...[...refused].map(([ref, reason]) => toPacket(`ng ${ref} ${reason}\n`)),
		Buffer.from("0000"),
	]);
	const hasBands = capabilities.some((name) => name === "side-band-64k" || name === "side-band");
	if (!hasBands) return report;
	const bandBytes = capabilities.includes("side-band-64k") ? 65_515 : 995;
	const bands: Buffer[] = [];
	for (let at = 0; at < report.length; at += bandBytes) {
		bands.push(toPacket(Buffer.concat([Buffer.from([1]), report.subarray(at, at + bandBytes)])));
	}
	return Buffer.concat([...bands, Buffer.from("0000")]);
}

function toPacket(content: string | Buffer): Buffer {
	const bytes = Buffer.from(content);
	return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}
