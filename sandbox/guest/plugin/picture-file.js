import { readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve, sep } from "node:path";

const MOST_BYTES = 4 * 1024 * 1024;
const IS_PICTURE = [
	(head) => head.startsWith("\x89PNG"),
	(head) => head.startsWith("\xff\xd8\xff"),
	(head) => head.startsWith("GIF8"),
	(head) => head.startsWith("RIFF") && head.slice(8, 12) === "WEBP",
];

/**
 * The bytes of a picture in the checkout or the home folder, wherever its links lead. Throws an Error with words for
 * the agent. Bobbin looks again: what comes out of a sandbox is believed by nobody.
 */
export async function readPicture(path, directory, home = homedir()) {
	const whole = resolve(directory, path.replace(/^~(?=\/)/, home));
	const real = await realpath(whole).catch(() => refuse(`There is no file ${path}.`));
	const roots = await Promise.all([directory, home].map((root) => realpath(root)));
	if (!roots.some((root) => real.startsWith(root + sep)))
		refuse(`Only files of the checkout and of ${home} can be shown: copy it there first.`);
	// Whatever is no file is not read: a pipe would hold the call.
	const stats = await stat(real);
	if (!stats.isFile()) refuse(`${path} is no file.`);
	if (stats.size > MOST_BYTES) refuse(`${path} has more than 4 MiB. Make it smaller.`);
	const bytes = await readFile(real).catch((error) => refuse(`${path} cannot be read (${error.code}).`));
	const head = bytes.subarray(0, 16).toString("latin1");
	if (!IS_PICTURE.some((isIt) => isIt(head)))
		refuse(`${path} is no PNG, JPEG, GIF or WebP. Convert it first.`);
	return bytes;
}

function refuse(words) {
	throw new Error(words);
}
