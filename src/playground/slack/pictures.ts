import { walk } from "./block-kit/validate-blocks.ts";
import type { Caller } from "./caller.ts";
import type { Channel, Message, StoredFile } from "./model.ts";
import { isLookedThrough, mayReadFile } from "./read-files.ts";
import type { World } from "./world.ts";

const SHOWN = new Set(["image/png", "image/jpeg", "image/gif"]);

/**
 * Where blocks name files that Slack would not show: such as are there, pictures, looked through, and visible to
 * whoever shows them. Gives JSON pointers.
 */
export function findBadPictures(world: World, caller: Caller, blocks: unknown[], root: string): string[] {
	return listPictures(world, blocks, root).flatMap(({ file, pointer }) =>
		file !== undefined && isShown(world, caller, file) ? [] : [pointer],
	);
}

function isShown(world: World, caller: Caller, file: StoredFile): boolean {
	if (!file.complete || !isLookedThrough(world, file) || !SHOWN.has(file.mimetype)) return false;
	return (
		file.user_team === caller.teamId && (file.user === caller.userId || mayReadFile(world, caller, file))
	);
}

/** Whoever sees a message sees the pictures in it. */
export function sharePictures(world: World, channel: Channel, message: Message): void {
	for (const { file } of listPictures(world, message.blocks ?? [], "/blocks")) {
		if (file !== undefined && !file.channels.includes(channel.id))
			world.store.saveFile({ ...file, channels: [...file.channels, channel.id] });
	}
}

function listPictures(world: World, blocks: unknown[], root: string) {
	const found: { file: StoredFile | undefined; pointer: string }[] = [];
	walk(blocks, root, (part, pointer) => {
		if (part.type !== "image" || typeof part.slack_file !== "object" || part.slack_file === null) return;
		const { id, url } = part.slack_file as { id?: string; url?: string };
		const fileId = id ?? /\/files\/[^/-]+-([^/]+)\//.exec(url ?? "")?.[1];
		found.push({
			file: fileId === undefined ? undefined : world.store.file(fileId),
			pointer: `${pointer}/slack_file`,
		});
	});
	return found;
}
