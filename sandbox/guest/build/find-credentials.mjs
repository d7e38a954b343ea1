// find-credentials.mjs <checkout>: looks through the home for what must not be in an image and prints it as JSON:
// {found: [{path, what}]}. Values are never printed.
import { execFileSync } from "node:child_process";
import {
	closeSync,
	constants,
	existsSync,
	fstatSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	readSync,
} from "node:fs";
import { join } from "node:path";

const CHUNK_BYTES = 1024 * 1024;
const SMALL_BYTES = 256 * 1024;
const MIN_SECRET_BYTES = 12;
const MAX_FOUND = 50;
// Deeper down lie packages, whose tests are full of keys that open nothing.
const KEY_DEPTH = 3;
const PASSWORD_IN_URL = /\bhttps?:\/\/[^/\s:@"']+:[^/\s@"'${}]+@/;

/** By path in the home: what its text must not have. */
const IN_HOME = [
	[/^\.netrc$|^\.git-credentials$|^\.config\/git\/credentials$/, /\S/, "a password for git or the web"],
	[
		/^\.gitconfig$|^\.config\/git\/config$/,
		/^[ \t]*helper[ \t]*=[ \t]*\S|extraheader[ \t]*=/im,
		"a git credential helper",
	],
	[/^\.gitconfig$|^\.config\/git\/config$/, PASSWORD_IN_URL, "a password in an address"],
	[
		/^\.npmrc$|^\.config\/pnpm\/rc$/,
		/_(auth|authToken|password)[ \t]*=[ \t]*["']?(?!["']?\$\{)\S/i,
		"an npm token",
	],
	[/^\.yarnrc\.yml$/, /npmAuth(Token|Ident)[ \t]*:[ \t]*["']?(?!["']?\$\{)\S/, "an npm token"],
	[/^\.pypirc$|^\.config\/pypoetry\/auth\.toml$/, /password|token/i, "a password for a Python index"],
	[/^(\.config\/pip\/pip\.conf|\.pip\/pip\.conf)$/, PASSWORD_IN_URL, "a password in an address"],
	[/^\.docker\/config\.json$/, /"auth"\s*:\s*"[^"]+"|"identitytoken"/, "a registry login"],
	[/^\.aws\/credentials$/, /aws_secret_access_key/i, "AWS keys"],
	[/^\.config\/gcloud\/.*credentials.*/, /\S/, "Google Cloud credentials"],
	[/^\.config\/gh\/hosts\.yml$/, /oauth_token/, "a GitHub token"],
	[
		/^\.(gem|bundle)\/(credentials|config)$/,
		/(_key|_TOKEN)[ \t]*:|BUNDLE_\S+__\S+:[ \t]*["']?[^"'\s:]+:[^"'\s]/,
		"a gem server login",
	],
	[/^\.cargo\/credentials(\.toml)?$/, /token\s*=/, "a cargo token"],
	[/^\.m2\/settings\.xml$/, /<password>[^<$]+</, "a Maven password"],
	[/^\.gradle\/gradle\.properties$/, /(password|token)\s*=\s*\S/i, "a Gradle password"],
];
/** The same in the checkout, in files that are not the repository's own. */
const IN_CHECKOUT = [
	[/^\.git\/config$/, /^[ \t]*helper[ \t]*=[ \t]*\S|extraheader[ \t]*=/im, "a git credential helper"],
	[/^\.git\/config$/, PASSWORD_IN_URL, "a password in an address"],
	[/^\.netrc$/, /\S/, "a password for git or the web"],
	[/^\.npmrc$/, /_(auth|authToken|password)[ \t]*=[ \t]*["']?(?!["']?\$\{)\S/i, "an npm token"],
];
const PRIVATE_KEY = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/;

const home = Buffer.from(process.env.HOME);
const checkout = Buffer.from(process.argv[2]);
const secrets = readSecrets(process.env.BOBBIN_SECRETS_DIR);
const tracked = new Set(["HEAD", ...listTracked()]);
const found = [];
walk(home, 0);
process.stdout.write(JSON.stringify({ found: found.slice(0, MAX_FOUND) }));

function walk(folder, depth) {
	for (const entry of list(folder)) {
		const path = Buffer.concat([folder, Buffer.from("/"), entry.name]);
		if (entry.isDirectory()) {
			// Packed: a text is not to be found there, and they are the repository's past.
			if (path.toString().endsWith("/.git/objects")) continue;
			walk(path, depth + 1);
		} else if (entry.isSymbolicLink()) {
			if (holdsSecret(readLink(path))) report(path, "the sandbox's token");
		} else if (entry.isFile()) {
			look(path, depth + 1);
		}
	}
}

function look(path, depth) {
	let file;
	try {
		file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
	} catch (error) {
		// Gone meanwhile, or closed by its own mode: what its owner cannot read, a session cannot either.
		if (["ENOENT", "EACCES", "ELOOP"].includes(error.code)) return;
		throw error;
	}
	try {
		const { size } = fstatSync(file);
		const head = readAt(file, 0, CHUNK_BYTES);
		if (holdsSecret(head) || restHoldsSecret(file, size)) report(path, "the sandbox's token");
		if (size <= SMALL_BYTES) judge(path, head.toString("latin1"), depth);
	} finally {
		closeSync(file);
	}
}

function restHoldsSecret(file, size) {
	const overlap = Math.max(0, ...secrets.map(({ length }) => length));
	for (let at = CHUNK_BYTES - overlap; at < size - overlap; at += CHUNK_BYTES - overlap) {
		if (holdsSecret(readAt(file, at, CHUNK_BYTES))) return true;
	}
	return false;
}

function judge(path, text, depth) {
	const below = (folder) =>
		path.subarray(0, folder.length + 1).equals(Buffer.concat([folder, Buffer.from("/")]))
			? path.subarray(folder.length + 1).toString()
			: null;
	const inCheckout = below(checkout);
	const inHome = below(home) ?? "";
	const rules = inCheckout === null ? IN_HOME : IN_CHECKOUT;
	const name = inCheckout ?? inHome;
	if (inCheckout !== null && tracked.has(name)) return;
	for (const [where, what, word] of rules) if (where.test(name) && what.test(text)) report(path, word);
	if (inCheckout === null && depth <= KEY_DEPTH && PRIVATE_KEY.test(text)) report(path, "a private key");
}

function report(path, what) {
	found.push({ path: `~${path.subarray(home.length).toString()}`, what });
}

function holdsSecret(buffer) {
	return secrets.some((secret) => buffer.includes(secret));
}

function readAt(file, position, length) {
	const buffer = Buffer.allocUnsafe(length);
	return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}

function readLink(path) {
	try {
		return readlinkSync(path, { encoding: "buffer" });
	} catch (error) {
		if (error.code === "ENOENT") return Buffer.alloc(0);
		throw error;
	}
}

function list(folder) {
	try {
		return readdirSync(folder, { withFileTypes: true, encoding: "buffer" });
	} catch (error) {
		if (["ENOENT", "EACCES"].includes(error.code)) return [];
		throw error;
	}
}

function readSecrets(folder) {
	return (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [])
		.filter((entry) => entry.isFile())
		.map(({ name }) => Buffer.from(readFileSync(join(folder, name), "utf8").trim()))
		.filter(({ length }) => length >= MIN_SECRET_BYTES && length <= CHUNK_BYTES / 2);
}

/** Files that are as the commit has them. */
function listTracked() {
	const git = (...args) => {
		const options = { maxBuffer: 256 * 1024 * 1024, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
		return execFileSync(
			"git",
			["-C", checkout.toString(), "-c", "core.fsmonitor=false", ...args],
			options,
		).split("\0");
	};
	const names = [".npmrc", ".netrc"];
	return git("ls-files", "-z", "--", ...names);
}
