import { drawLinks } from "../pictures/draw-links.ts";
import type { PictureLink } from "../pictures/link-pictures.ts";
import type { CommitAuthor } from "../turn/commit-author.ts";

/** GitHub takes no longer body, in characters. */
const LONGEST_BODY = 65_536;

/** What Bobbin adds to what the agent wrote. */
export interface Footer {
	pullRequestId: string;
	sessionId: string;
	/** null: Bobbin has no address that others reach. */
	sessionUrl: string | null;
	/** Names of all who prompted, in order. */
	prompters: string[];
	/** Who it is for, where the App opens it. */
	behalfOf: string | null;
	/** Authors of its commits besides whoever opens it. */
	coAuthors: CommitAuthor[];
	/** What it looks like; empty: that comes later; null: there is nothing to see. */
	pictures: PictureLink[] | null;
}

/** Pure. A pull request's text: the agent's words, then who asked and where, then co-authors as git's trailers. */
export function toBody(words: string, footer: Footer): string {
	const end = toFooter(footer);
	// Nobody but Bobbin may write its mark, by which the footer is found again.
	const own = words.replace(/<!--\s*bobbin:.*?-->/gs, "").trim();
	const room = LONGEST_BODY - end.length - 3;
	return `${own.length <= room ? own : `${own.slice(0, room - 1).toWellFormed()}…`}\n\n${end}`;
}

/** Pure. The same text with Bobbin's part brought up to date; null: that part was taken out, so it stays out. */
export function replaceFooter(body: string, footer: Footer): string | null {
	const mark = toMark(footer.pullRequestId);
	const at = body.lastIndexOf(mark);
	if (at === -1) return null;
	// What people wrote below stays, after the line of ours and the trailers.
	const ours = body.slice(at + mark.length);
	// Like all that is ours, pictures that people took out stay out.
	const kept = PICTURES.test(ours) ? footer : { ...footer, pictures: null };
	const below = ours.replace(PICTURES, "\n\n").split(/\r?\n/);
	const end = below.findIndex((line, index) => index > 1 && line !== "" && !TRAILER.test(line));
	const rest = end === -1 ? "" : below.slice(end).join("\n").trim();
	const head = body.slice(0, at).replace(/(?<!\s)\s*-{3}\s*$/, "");
	return toBody(rest === "" ? head : `${head}\n\n${rest}`, kept);
}

const PICTURES_BEGIN = "<!-- bobbin:pictures -->";
const PICTURES_END = "<!-- bobbin:pictures end -->";
/** From where a row of spaces begins: people write below the mark, and many would keep us busy for long. */
const PICTURES = new RegExp(`(?<!\\s)\\s*${PICTURES_BEGIN}.*?${PICTURES_END}\\s*`, "s");

const TRAILER = /^Co-authored-by: /i;

function toMark(pullRequestId: string): string {
	return `<!-- bobbin:${pullRequestId} -->`;
}

function toFooter(footer: Footer): string {
	const { sessionUrl, sessionId, coAuthors } = footer;
	const place =
		sessionUrl === null ? `Bobbin, session \`${sessionId}\`` : `Bobbin in [this session](${sessionUrl})`;
	const behalf = footer.behalfOf === null ? [] : [`On behalf of ${toPlainName(footer.behalfOf)}.`];
	const names = footer.prompters.map(toPlainName);
	const asked = names.length === 0 ? [] : [`Prompted by ${toList(names)}.`];
	const line = [...behalf, `Made with ${place}.`, ...asked].join(" ");
	const trailers = coAuthors.map(
		({ name, email }) => `Co-authored-by: ${name.replaceAll("@", "")} <${email}>`,
	);
	return [
		`---\n${toMark(footer.pullRequestId)}\n${line}`,
		...(footer.pictures === null ? [] : [toPictures(footer.pictures)]),
		...(trailers.length === 0 ? [] : [trailers.join("\n")]),
	].join("\n\n");
}

/** Between marks, so that they are found again. */
function toPictures(pictures: PictureLink[]): string {
	const shown = pictures.length === 0 ? [] : ["**Screenshots**", ...drawLinks(pictures)];
	return [PICTURES_BEGIN, ...shown, PICTURES_END].join("\n\n");
}

/** A name is what a person chose to be called: it must neither mention anybody nor be markup. */
function toPlainName(name: string): string {
	return name.replace(/[^\p{L}\p{M}\p{N} .'-]+/gu, "").trim() || "somebody";
}

function toList(names: string[]): string {
	return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
