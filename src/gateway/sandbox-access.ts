import type { GatewayAccess } from "../sessions/sandbox/gateway-access.ts";

export interface Repository {
	owner: string;
	name: string;
}

/** The session that a sandbox belongs to, as far as the gateway needs it. */
export type SandboxAccess = NonNullable<Awaited<ReturnType<GatewayAccess["findSandbox"]>>>;

/** What people and agents read where a repository cannot be used as asked. */
export function toTroubleWords(trouble: "archived" | "withdrawn", { owner, name }: Repository): string {
	return trouble === "archived"
		? `${owner}/${name} is archived at GitHub, so nothing can be pushed to it. Somebody who owns it can unarchive it there.`
		: `${owner}/${name} is gone at GitHub, or Bobbin's GitHub App has no access to it any more. Somebody who owns it can grant it there.`;
}

/** What agents read where the author of a turn may look at a repository and no more. */
export const READER_WORDS =
	"Whoever asked for this may only read the repository at GitHub, so this turn pushes nothing and opens no pull request. Somebody with write access can ask for it in the same thread.";

/** The token that a request from a sandbox carries: as Bearer, as the password of Basic (git), or as `x-api-key`. */
export function readToken(headers: Headers): string | null {
	const [scheme, value] = headers.get("authorization")?.trim().split(/\s+/, 2) ?? [];
	if (scheme?.toLowerCase() === "bearer" && value) return value;
	if (scheme?.toLowerCase() === "basic" && value) {
		const decoded = Buffer.from(value, "base64").toString("utf8");
		const password = decoded.includes(":") ? decoded.slice(decoded.indexOf(":") + 1) : "";
		return password || null;
	}
	return headers.get("x-api-key") || null;
}

/** A session may write its own branch and branches that begin with its name and a dash or a slash. */
export function isOwnBranch(branch: string, branchPrefix: string): boolean {
	if (!/^[A-Za-z0-9._/-]+$/.test(branch) || branch.includes("..")) return false;
	return (
		branch === branchPrefix || branch.startsWith(`${branchPrefix}-`) || branch.startsWith(`${branchPrefix}/`)
	);
}
