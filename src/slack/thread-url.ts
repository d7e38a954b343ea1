import type { Thread } from "../contract/session.ts";

/** Pure. The address at which a thread is read, as `chat.getPermalink` makes it; `workspaceUrl` ends in a slash. */
export function threadUrl(workspaceUrl: string, { channelId, threadTs }: Omit<Thread, "teamId">): string {
	return `${workspaceUrl}archives/${channelId}/p${threadTs.replace(".", "")}`;
}
