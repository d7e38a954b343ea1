/** What can be said in a session's thread, as mrkdwn. */
export function threadHelp({ hasModels = false, hasChannels = false } = {}): string {
	return [
		"*In this thread* replies go on with the same work; what comes while I work is queued. Said alone:",
		"• *stop* ends what runs and what waits; the work so far is kept",
		"• *status* · *queue* · *cancel 2* takes the second in line off the queue",
		...(hasChannels ? ["• *channel* gives this work a channel of its own"] : []),
		"• *retry* tries what failed or was stopped once more",
		`• *quiet* · *normal* · *verbose* how much of the work is shown${hasModels ? " · *model* and a name" : ""}`,
		"• *only when mentioned* · *judge* · *every reply* which replies are for me; ✋ on one takes it back, 👀 makes it one",
	].join("\n");
}

/** How to work with Bobbin, as mrkdwn. */
export function commandHelp(): string {
	return [
		"*Mention me and say what to change*; in the thread that follows every reply goes on with it. Or by command:",
		"• `/bobbin` alone asks for everything in one form, files too",
		"• `/bobbin new fix the cart total` begins a session in a thread of its own",
		"• `/bobbin spawn` and a line for each (or `;` between them) begins several",
		"• `/bobbin stop` · `/bobbin status` · `/bobbin sessions`",
		"• `/bobbin repo owner/name` sets what this channel is about; `none` forgets it",
		"• `/bobbin settings` · `/bobbin link` (your GitHub account) · `/bobbin stats` · `/bobbin budget` (what work may cost)",
		"In a thread say *stop*, *status*, *queue*, *cancel 2*, *retry*, *quiet* or *help* by itself. Any message's menu has “Fix this with Bobbin” and “Add to a session”.",
	].join("\n");
}
