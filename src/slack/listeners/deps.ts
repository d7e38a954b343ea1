import type { WebClient } from "@slack/web-api";
import type { Log } from "../../log.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { Directory } from "../directory.ts";
import type { BotIdentity } from "../identity.ts";
import type { Reply } from "../reply.ts";

/** What listeners share; each takes the part that it needs. */
export interface ListenerDeps {
	sessions: Sessions;
	directory: Directory;
	identity: () => Promise<BotIdentity>;
	client: WebClient;
	reply: Reply;
	/** Shows a session's thread at once. What fails here is made good by the job that the session queued. */
	showNow: (sessionId: string) => Promise<void>;
	log: Log;
}
