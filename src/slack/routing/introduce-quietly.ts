import { coerceError } from "../../errors.ts";
import type { ListenerDeps } from "../listeners/deps.ts";

/** Introduces Bobbin to a channel, once for ever. What fails is made good by the next who asks there. */
export async function introduceQuietly(
	{ introduceChannel, workspaces, log }: Pick<ListenerDeps, "introduceChannel" | "workspaces" | "log">,
	to: { teamId: string; channelId: string; threadTs: string | null; personId: string | null },
): Promise<void> {
	const { teamId, channelId, threadTs, personId } = to;
	try {
		await introduceChannel?.({
			...{ teamId, channelId, threadTs, personId },
			topic: async () => (await (await workspaces.of(teamId)).directory.channel(channelId)).topic ?? "",
		});
	} catch (thrown) {
		log.info({ err: coerceError(thrown), channelId }, "a channel was not introduced");
	}
}
