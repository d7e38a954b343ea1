import { OFFERED_REPLIES } from "../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import type { Click } from "../listeners/action.ts";
import type { ListenerDeps } from "../listeners/deps.ts";

const WORDS =
	"I have taken talk for requests here twice now. Shall I listen only when I am mentioned in this channel?";

/** Offered privately to whoever took back what was no request, once for a channel. */
export function offerMentionsOnly(channelId: string): OutgoingMessage {
	return {
		text: fallback(WORDS),
		blocks: [
			section(WORDS),
			{
				type: "actions",
				elements: [button("Only when I am mentioned", OFFERED_REPLIES, channelId, "primary")],
			},
			contextLine("Or leave it: ✋ on a message takes it back, 👀 makes it a request."),
		],
	};
}

/** The offer is taken. */
export async function takeOffer(
	deps: Pick<ListenerDeps, "changeChannelSettings">,
	click: Click,
): Promise<void> {
	const { teamId, value: channelId, personId } = click;
	if (channelId === undefined) return;
	await deps.changeChannelSettings({ teamId, channelId }, { personId, change: { replies: "addressed" } });
	const words =
		"From now on only mentions count in this channel. `/bobbin settings` changes it, and *every reply* or *judge* said in a thread changes it there.";
	await click.replace({ text: fallback(words), blocks: [section(words)] });
}
