import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Secrets by what they are, for example `GitHub: the App's webhook secret`. */
export type Secrets = Map<string, string>;

/** What is looked for must not be found by chance. */
const SHORTEST = 12;

/** Ways in which a secret may be written down: as it is, in JSON, in an address, in hex, in base64 wherever it begins. */
function toNeedles(secret: string): string[] {
	const bytes = Buffer.from(secret);
	const inBase64 = [0, 1, 2].map((before) => {
		const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
		// Characters that are made of neighbours as well are left out.
		return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
	});
	const needles = [
		secret,
		JSON.stringify(secret).slice(1, -1),
		encodeURIComponent(secret),
		bytes.toString("hex"),
		...inBase64,
		...inBase64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
		// A key of many lines may be found without its line ends.
		...secret.split("\n").filter((line) => line.length > 40),
	];
	return [...new Set(needles)].filter((needle) => needle.length >= SHORTEST);
}

/** Which of the secrets a text has in it, in whatever way it is written. */
export function findSecrets(text: string, secrets: Secrets): string[] {
	return [...secrets]
		.filter(([, secret]) => toNeedles(secret).some((needle) => text.includes(needle)))
		.map(([name]) => name);
}

/** `<file>: <secret>` for each that lies in the folders, whatever kind of files these are. */
export async function findSecretsInFiles(folders: string[], secrets: Secrets): Promise<string[]> {
	const top = await mkdtemp(join(tmpdir(), "bobbin-needles-"));
	try {
		const file = join(top, "needles");
		const names = new Map<string, string>();
		for (const [name, secret] of secrets) {
			for (const needle of toNeedles(secret)) if (!needle.includes("\n")) names.set(needle, name);
		}
		await writeFile(file, `${[...names.keys()].join("\n")}\n`, { mode: 0o600 });
		const lines = await grep(["-roaF", "--null", "--devices=skip", "-f", file, "--", ...folders]);
		const found = lines.map((line) => {
			const [path, needle = ""] = line.split("\0");
			return `${path}: ${names.get(needle)}`;
		});
		return [...new Set(found)];
	} finally {
		await rm(top, { recursive: true, force: true });
	}
}

/** Its lines. */
function grep(args: string[]): Promise<string[]> {
	return new Promise((resolve, reject) => {
		const env = { PATH: process.env.PATH ?? "", LC_ALL: "C" };
		execFile("grep", args, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
			// 1: nothing was found; 2: something could not be read, such as what is gone meanwhile.
			const code = error === null ? 0 : error.code;
			const isGone = stderr
				.split("\n")
				.every((line) => line === "" || /No such file|No such device/.test(line));
			if (code === 0 || code === 1 || (code === 2 && isGone)) resolve(stdout.split("\n").filter(Boolean));
			else reject(new Error(`grep ended with ${code}: ${stderr}`));
		});
	});
}

/** `<process>: <secret>` for each in the environment or the command line of a process, this one left out. */
export async function findSecretsInProcesses(
	secrets: Secrets,
): Promise<{ looked: Set<number>; found: string[] }> {
	const looked = new Set<number>();
	const found: string[] = [];
	for (const entry of await readdir("/proc")) {
		if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
		const parts = ["environ", "cmdline"].map((part) => readFile(`/proc/${entry}/${part}`, "latin1"));
		const text = (await Promise.all(parts.map((part) => part.catch(() => null)))).join("\n");
		if (text.trim() !== "") looked.add(Number(entry));
		for (const name of findSecrets(text, secrets)) found.push(`${text.split("\n")[1]}: ${name}`);
	}
	return { looked, found };
}
