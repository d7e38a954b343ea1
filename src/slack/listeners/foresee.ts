import { coerceError } from "../../errors.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

/** Tells what a person may be about to ask for, if they may ask. Silent, also where it fails: it is only a guess. */
export async function foresee(
	deps: Pick<ListenerDeps, "sessions" | "workspaces" | "workspaceRules" | "log">,
	from: { body: Parameters<typeof ourTeamId>[0]; userId: string },
	tell: (personId: string) => void,
): Promise<void> {
	try {
		const admission = await admit(deps, { teamId: ourTeamId(from.body), userId: from.userId });
		if (admission.outcome === "admitted") tell(admission.personId);
	} catch (thrown) {
		deps.log.info({ err: coerceError(thrown) }, "what somebody did warmed nothing");
	}
}
