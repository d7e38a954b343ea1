import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { addMessage } from "../messages.ts";
import type { Message, StoredFile } from "../model.ts";
import { isLookedThrough, mayReadFile } from "../read-files.ts";
import { Refused } from "../refused.ts";
import { newSlackId, type World } from "../world.ts";
import { needed, structure, whole, word } from "./arguments.ts";
import { findPostable, findThread } from "./chat.ts";
import { authorship, newMessage } from "./content.ts";
import { defineMethod, type Method } from "./method.ts";

const MAX_BYTES = 1_000_000_000;
/** How long a file is looked through that nobody has shared; of others Slack tells only afterwards. */
const LOOK_THROUGH_MS = 250;
const uploads = z
	.array(
		z.strictObject({ id: z.string(), title: z.string().optional(), highlight_type: z.string().optional() }),
	)
	.min(1)
	.max(10);

const MIME_TYPES: Record<string, string> = {
	txt: "text/plain",
	log: "text/plain",
	md: "text/markdown",
	json: "application/json",
	csv: "text/csv",
	ts: "text/plain",
	js: "text/javascript",
	py: "text/x-python",
	html: "text/html",
	css: "text/css",
	diff: "text/x-diff",
	png: "image/png",
	jpg: "image/jpeg",
	jpeg: "image/jpeg",
	gif: "image/gif",
	webp: "image/webp",
	svg: "image/svg+xml",
	pdf: "application/pdf",
	zip: "application/zip",
};

export const fileMethods: Record<string, Method> = {
	"files.getUploadURLExternal": defineMethod({
		tier: "tier4",
		scopes: ["files:write"],
		args: {
			filename: needed,
			length: whole(1, MAX_BYTES),
			alt_txt: word.optional(),
			snippet_type: word.optional(),
		},
		run(world, caller, args) {
			const id = newSlackId("F");
			const name = args.filename.replaceAll(/[/\\\0]/g, "_");
			const path = `${world.url}/files/${caller.teamId}-${id}`;
			const extension = name.includes(".") ? (name.split(".").at(-1) ?? "").toLowerCase() : "";
			world.store.saveFile({
				id,
				created: Math.floor(world.now() / 1000),
				name,
				title: name,
				mimetype: MIME_TYPES[extension] ?? "application/octet-stream",
				filetype: extension || "binary",
				user: caller.userId,
				user_team: caller.teamId,
				size: args.length,
				mode: "hosted",
				url_private: `${path}/${encodeURIComponent(name)}`,
				url_private_download: `${path}/download/${encodeURIComponent(name)}`,
				permalink: `${path}/${encodeURIComponent(name)}`,
				channels: [],
				is_external: false,
				is_public: false,
				complete: false,
			});
			return { upload_url: `${world.url}/upload/${id}`, file_id: id };
		},
	}),

	"files.completeUploadExternal": defineMethod({
		tier: "tier4",
		scopes: ["files:write"],
		args: {
			files: structure,
			channel_id: word.optional(),
			channels: word.optional(),
			initial_comment: word.optional(),
			thread_ts: word.optional(),
			blocks: structure.optional(),
			...authorship,
		},
		run(world, caller, args) {
			const wanted = uploads.safeParse(args.files);
			if (!wanted.success) throw new Refused("invalid_arguments", ["[ERROR] files: a list of {id, title}"]);
			const files = wanted.data.map(({ id, title }) => {
				const file = world.store.file(id);
				if (file === undefined || file.user !== caller.userId || file.complete)
					throw new Refused("file_not_found");
				const path = join(world.store.filesDir, id);
				if (!existsSync(path)) throw new Refused("file_not_found");
				return { ...file, title: title ?? file.title, size: statSync(path).size, complete: true };
			});
			const targets = [args.channel_id, ...(args.channels ?? "").split(",")].filter((id) => !!id);
			const channels = targets.map((id) => findPostable(world, caller, id ?? ""));
			const threadTs = args.thread_ts;
			const shared = files.map((file) => ({
				...file,
				channels: channels.map((channel) => channel.id),
				...(channels.length > 0 ? {} : { looked_through_at: world.now() + LOOK_THROUGH_MS }),
			}));
			world.store.inTransaction(() => {
				for (const file of shared) world.store.saveFile(file);
				for (const channel of channels) {
					const hasContent = args.initial_comment || args.blocks !== undefined;
					const draft: Message = hasContent
						? newMessage(world, caller, { text: args.initial_comment, blocks: args.blocks })
						: { ...newMessage(world, caller, { text: "file" }), text: "" };
					if (!hasContent) delete draft.blocks;
					addMessage(world, channel, {
						...draft,
						subtype: "file_share",
						files: shared,
						upload: true,
						...(threadTs ? { thread_ts: findThread(world, channel, threadTs) } : {}),
					});
				}
			});
			return { files: shared.map((file) => showFile(world, file)) };
		},
	}),

	"files.info": defineMethod({
		tier: "tier4",
		scopes: ["files:read"],
		args: {
			file: needed,
			count: whole(1, 1000).optional(),
			page: whole(1, 1000).optional(),
			cursor: word.optional(),
			limit: whole(0, 1000).optional(),
		},
		run(world, caller, args) {
			const file = world.store.file(args.file);
			if (file === undefined || !mayReadFile(world, caller, file)) throw new Refused("file_not_found");
			return { file: showFile(world, file), comments: [], response_metadata: { next_cursor: "" } };
		},
	}),
};

/** As Slack tells of it. */
export function showFile(world: World, file: StoredFile): Record<string, unknown> {
	const { complete: _complete, given_to_app: _given, looked_through_at: _at, ...shown } = file;
	const kind = isLookedThrough(world, file) ? {} : { mimetype: "", filetype: "" };
	return { ...shown, ...kind, timestamp: file.created, file_access: "visible" };
}
