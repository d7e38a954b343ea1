import type { ImageBlock, KnownBlock } from "@slack/types";
import type { PictureView } from "../../sessions/session-view.ts";
import { contextLine, fallback, type OutgoingMessage } from "../blocks/message.ts";
import { cut, plainLine } from "../text/escape.ts";

/** So many of a turn are shown in its answer. */
const MOST_SHOWN = 5;
const MOST_LINKED = 5;
const TITLE_CHARACTERS = 150;

/**
 * Pure. The pictures of a turn that its answer shows, if Slack takes them: it shows no WebP. Source: docs.slack.dev,
 * "Slack file object".
 */
export function chooseShown(pictures: readonly PictureView[]): PictureView[] {
	return pictures.filter(({ type }) => type !== "image/webp").slice(0, MOST_SHOWN);
}

export interface PicturePlaces {
	/** Slack's file of a picture; null: there is none, or not yet. */
	fileOf: (pictureId: string) => string | null;
	/** The session's page; null: it has no address. */
	sessionUrl: string | null;
}

/** Pure. An answer with the pictures of its turn below; what is not shown there leads to the session's page. */
export function withPictures(
	answer: OutgoingMessage[],
	pictures: readonly PictureView[],
	places: PicturePlaces,
): OutgoingMessage[] {
	if (pictures.length === 0) return answer;
	const blocks = pictureBlocks(pictures, places);
	const last = answer.at(-1);
	if (last === undefined)
		return [
			{ text: fallback(pictures.map(({ title }) => plainLine(title, TITLE_CHARACTERS)).join("\n")), blocks },
		];
	return [...answer.slice(0, -1), { ...last, blocks: [...last.blocks, ...blocks] }];
}

function pictureBlocks(pictures: readonly PictureView[], where: PicturePlaces): KnownBlock[] {
	const shown = chooseShown(pictures).flatMap((picture) => {
		const fileId = where.fileOf(picture.id);
		return fileId === null ? [] : [{ picture, block: imageBlock(picture.title, fileId) }];
	});
	const left = pictures.filter((picture) => !shown.some((one) => one.picture === picture));
	const blocks = shown.map(({ block }) => block);
	return left.length === 0 ? blocks : [...blocks, contextLine(leftWords(left, where.sessionUrl))];
}

function imageBlock(title: string, fileId: string): ImageBlock {
	const text = cut(title, TITLE_CHARACTERS);
	return {
		type: "image",
		slack_file: { id: fileId },
		alt_text: text,
		title: { type: "plain_text", text, emoji: false },
	};
}

function leftWords(left: PictureView[], sessionUrl: string | null): string {
	const words = left.slice(0, MOST_LINKED).map(({ id, title }) => {
		const line = plainLine(title, TITLE_CHARACTERS);
		return sessionUrl === null ? line : `<${sessionUrl}#picture-${id}|${line}>`;
	});
	const more = left.length - words.length;
	return `🖼 ${words.join(" · ")}${more === 0 ? "" : ` · ${more} more`}`;
}

/** The files that a message shows. */
export function shownFiles(blocks: readonly KnownBlock[]): string[] {
	return blocks.flatMap((block) =>
		block.type === "image" && "slack_file" in block && "id" in block.slack_file ? [block.slack_file.id] : [],
	);
}
