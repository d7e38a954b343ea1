import { isAdmitted, type WorkspaceRules } from "../../people/decide-access.ts";
import type { SlackPerson } from "../web-api/directory.ts";
import type { Workspace } from "../web-api/workspaces.ts";
import type { ListenerDeps } from "./deps.ts";

/** Pure: why a person may not use Bobbin, in words for them; null if they may. */
export function decideRefusal(kind: SlackPerson["kind"], rules: WorkspaceRules): string | null {
	if (isAdmitted(kind, rules)) return null;
	switch (kind) {
		case "member":
			return null;
		case "guest":
			return "Sorry, guests of this workspace cannot ask me to work on code. A member can.";
		case "external":
			return "Sorry, I work only for members of this workspace. Someone who belongs to it can ask me.";
		case "bot":
			return "Sorry, I take requests from people only.";
		default:
			return kind satisfies never;
	}
}

export interface AdmitDeps extends Pick<ListenerDeps, "sessions" | "workspaceRules"> {
	workspaces: { of(teamId: string): Promise<Pick<Workspace, "directory">> };
}

/**
 * Says whether the workspace lets somebody in. Who is refused is remembered, too: what they asked for before, as a
 * member, must not go on, nor what they write at GitHub.
 */
export async function admit(
	{ sessions, workspaces, workspaceRules }: AdmitDeps,
	from: { teamId: string; userId: string },
): Promise<
	{ outcome: "admitted"; personId: string; person: SlackPerson } | { outcome: "refused"; why: string }
> {
	const { directory } = await workspaces.of(from.teamId);
	const [person, rules] = await Promise.all([directory.person(from.userId), workspaceRules(from.teamId)]);
	const { personId } = await sessions.rememberPerson({
		provider: "slack",
		tenant: from.teamId,
		externalId: from.userId,
		name: person.name,
		email: person.email,
		kind: person.kind,
		role: person.role,
	});
	const why = decideRefusal(person.kind, rules);
	return why === null ? { outcome: "admitted", personId, person } : { outcome: "refused", why };
}
