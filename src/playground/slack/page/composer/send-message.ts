import { CallError, type Client } from "../state/client.ts";
import type { Person } from "../state/types.ts";

export interface Draft {
	channel: string;
	thread: string | null;
	text: string;
	files: File[];
	/** A reply that is shown in the channel too. */
	isBroadcast: boolean;
}

/** Sends what was written: as a message, with files, or as a command. @throws CallError */
export async function sendMessage(client: Client, draft: Draft, people: Person[]): Promise<void> {
	const { channel, thread, text, files } = draft;
	const command = /^\/([\w-]+)(?:\s+([\s\S]*))?$/.exec(text);
	if (command !== null && files.length === 0) {
		await sendCommand(client, draft, { name: command[1] ?? "", rest: (command[2] ?? "").trim() }, people);
	} else if (files.length > 0) {
		const ids = await Promise.all(files.map((file) => client.upload(file)));
		await client.call("files.completeUploadExternal", {
			files: ids.map((id) => ({ id })),
			channel_id: channel,
			...(text === "" ? {} : { initial_comment: text }),
			...(thread === null ? {} : { thread_ts: thread }),
		});
	} else {
		await client.call("chat.postMessage", {
			channel,
			text,
			...(thread === null ? {} : { thread_ts: thread }),
			...(draft.isBroadcast ? { reply_broadcast: true } : {}),
		});
	}
}

async function sendCommand(
	client: Client,
	{ channel, thread }: Draft,
	{ name, rest }: { name: string; rest: string },
	people: Person[],
): Promise<void> {
	if (thread !== null) throw new CallError("unknown_command", [`/${name} is not supported in threads`]);
	if (name !== "invite") {
		await client.post("command", { channel, command: `/${name}`, text: rest });
		return;
	}
	const invited = people.find((person) => person.name === rest.replace(/^@/, "").toLowerCase());
	if (invited === undefined) throw new CallError("user_not_found", [`there is nobody called ${rest}`]);
	await client.call("conversations.invite", { channel, users: invited.id });
}
