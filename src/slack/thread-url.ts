import type { Thread } from "../contract/session.ts";
import { isWholeChannel } from "./thread-place.ts";

/** Pure. The address at which a thread is read, as `chat.getPermalink` makes it; `workspaceUrl` ends in a slash. */
export function threadUrl(workspaceUrl: string, { channelId, threadTs }: Omit<Thread, "teamId">): string {
	const channel = `${workspaceUrl}archives/${channelId}`;
	return isWholeChannel({ threadTs }) ? channel : `${channel}/p${threadTs.replace(".", "")}`;
}
