import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog, type Log } from "../../src/log.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import { CODE_VERIFIER } from "../../src/secrets/sealed-columns.ts";
import { eventually } from "../harness/eventually.ts";
import { type FetchRecord, listCredentials, recordFetch } from "../harness/fetch-record.ts";
import { findAgentProcess } from "../harness/find-agent.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { watchPoints } from "../harness/points.ts";
import { findSecrets, findSecretsInFiles, findSecretsInProcesses, type Secrets } from "../harness/secrets.ts";
import { openThread } from "../harness/thread.ts";

/** Of the host, the same for every sandbox, and no place to write to. */
const FOLDERS_OF_THE_HOST = new Set([
	"proc",
	"sys",
	"dev",
	"usr",
	"lib",
	"lib64",
	"lib32",
	"bin",
	"sbin",
	"opt",
]);

const encryptionKey = randomBytes(32);
const logged: string[] = [];
let log: Log;
let app: PlaygroundApp<"mia">;
let record: FetchRecord;
let agentPid: number;
let secrets: Secrets;

// One session with a person whose account is linked: a turn, a snapshot, and a pull request opened in her name.
beforeAll(async () => {
	record = recordFetch();
	log = createLog({ level: "trace", pretty: false, to: { write: (line) => void logged.push(line) } });
	const settings = {
		ENCRYPTION_KEYS: `k1:${encryptionKey.toString("base64")}`,
		// All of it is read, what is empty included.
		SANDBOX_DISK_MIB: "256",
	};
	app = await startPlaygroundApp(["mia"], settings, log);
	const points = await watchPoints(app.database);
	const opened = points.next("events pull_request.opened");
	const working = points.next("events tool.started");
	const thread = await openThread(app.people.mia, "shop", "@bobbin fix the flaky checkout test");
	await working;
	// A token that is too old is exchanged for another.
	await app.database.pool.query("update github_tokens set access_expires_at = now()");
	await opened;
	// What GitHub refuses is logged as well.
	await app.faults.github("POST", "/playground/faults", {
		...{ kind: "unavailable", times: 3, status: 503, retryAfterSeconds: 0 },
	});
	await thread.untilMarked("white_check_mark");
	await untilSnapshot();
	const refused = () => expect(logged.join("")).toContain("github_unavailable");
	await eventually(refused);
	await points.stop();
	agentPid = findAgent();
	secrets = await listSecrets();
});

afterAll(async () => {
	await app?.remove();
	record?.stop();
});

async function untilSnapshot(): Promise<void> {
	const taken = async () => {
		const { rows } = await app.database.pool.query("select 1 from session_snapshots where state = 'ready'");
		expect(rows).not.toEqual([]);
	};
	await eventually(taken);
}

function findAgent(): number {
	const folder = join(app.dataDir, "sandboxes", "sandboxes");
	for (const name of readdirSync(folder)) {
		const pid = findAgentProcess(join(folder, name));
		if (pid !== null) return pid;
	}
	throw new Error("no agent runs");
}

/** All that nobody else may know: what the vendors gave out, what Bobbin is set up with, what it made itself. */
async function listSecrets(): Promise<Secrets> {
	const all: Secrets = new Map();
	const read = (file: string, sql: string): Record<string, unknown>[] => {
		const vendor = new DatabaseSync(join(app.dataDir, "playground", file), { readOnly: true });
		try {
			return vendor.prepare(sql).all();
		} finally {
			vendor.close();
		}
	};
	for (const { kind, token } of read("github.sqlite", "select kind, token from tokens"))
		all.set(`GitHub: ${kind} token ${all.size}`, String(token));
	const settings =
		"select name, value from settings where name in ('client_secret', 'webhook_secret', 'private_key')";
	for (const { name, value } of read("github.sqlite", settings)) all.set(`GitHub: ${name}`, String(value));
	for (const { name, value } of read("slack.sqlite", "select name, value from secrets"))
		all.set(`Slack: ${name}`, String(value));
	all.set("encryption key", encryptionKey.toString("base64"));
	const seal = createSeal(() => [{ id: "k1", bytes: new Uint8Array(encryptionKey) }]);
	const links = await app.database.db.selectFrom("github_links").select("code_verifier").execute();
	for (const { code_verifier } of links)
		all.set(`code verifier ${all.size}`, seal.open(CODE_VERIFIER, code_verifier));
	const known = new Set(all.values());
	const own = record.calls.filter(({ url }) => url.startsWith(app.origin));
	for (const [name, value] of listCredentials(own)) if (!known.has(value)) all.set(name, value);
	return all;
}

/** Of the sandbox as its processes see it, the token that it may know, and where that lies. */
function readGatewayToken(): { token: string; path: string } {
	const environ = readFileSync(`/proc/${agentPid}/environ`, "latin1").split("\0");
	const folder = environ.find((line) => line.startsWith("BOBBIN_SECRETS_DIR="))?.split("=")[1] ?? "";
	const path = join(`/proc/${agentPid}/root`, folder, "token");
	return { token: readFileSync(path, "utf8").trim(), path };
}

async function dumpDatabase(): Promise<string> {
	const { rows: tables } = await app.database.pool.query<{ name: string }>(
		"select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
	);
	const texts: string[] = [];
	for (const { name } of tables) {
		const { rows } = await app.database.pool.query(`select to_jsonb(t) as row from ${name} t`);
		texts.push(JSON.stringify(rows));
	}
	return texts.join("\n");
}

/** Everywhere: `<place>: <secret>` for each that is found. */
async function searchEverywhere(wanted: Secrets): Promise<string[]> {
	const root = `/proc/${agentPid}/root`;
	const inside = readdirSync(root).filter((name) => !FOLDERS_OF_THE_HOST.has(name));
	const own = readdirSync(app.dataDir).filter((name) => name !== "playground");
	const toModel = record.calls.filter(({ url }) => url.includes("/playground/model/v1/"));
	const { looked, found } = await findSecretsInProcesses(wanted);
	expect([...looked]).toContain(agentPid);
	const tell = (place: string, text: string) => findSecrets(text, wanted).map((name) => `${place}: ${name}`);
	return [
		...tell("database", await dumpDatabase()),
		...tell("log", logged.join("")),
		...tell("model", toModel.map(({ body }) => body).join("\n")),
		...found,
		...(await findSecretsInFiles(
			inside.map((name) => join(root, name)),
			wanted,
		)),
		// Bobbin's own folder with the disks of sandboxes and the layers of snapshots; the vendors' is theirs.
		...(await findSecretsInFiles(
			own.map((name) => join(app.dataDir, name)),
			wanted,
		)),
	];
}

test("no secret lies in the database, the log, the sandbox, its snapshots, its processes or at the model", async () => {
	const kinds = [...secrets.keys()].join("\n");
	for (const kind of [
		/GitHub: user token/,
		/GitHub: refresh token/,
		/GitHub: installation token/,
		/GitHub: client_secret/,
		/GitHub: webhook_secret/,
		/GitHub: private_key/,
		/Slack: bot_token/,
		/Slack: signing_secret/,
		/code verifier/,
		/sign-in code/,
		/sign-in state/,
		/(key|credential) for .*\/model\/v1\/messages/,
		/cookie/,
	])
		expect(kinds).toMatch(kind);
	const opened = await app.database.pool.query("select opened_as from pull_requests");
	expect(opened.rows).toEqual([{ opened_as: "person" }]);
	expect(await searchEverywhere(secrets)).toEqual([]);
});

test("the token that a sandbox may know lies in its one place only", async () => {
	const { token, path } = readGatewayToken();
	const name = "gateway token";
	const found = await searchEverywhere(new Map([[name, token]]));
	const elsewhere = found.filter((place) => place !== `${path}: ${name}` && !/disk\.ext4: /.test(place));
	expect(elsewhere).toEqual([]);
	expect(found).toContain(`${path}: ${name}`);
});

test("a secret that lies somewhere is found", async () => {
	const planted = (name: string) => [name, randomBytes(24).toString("hex")] as const;
	const lost = {
		row: planted("in a row"),
		sealed: planted("in base64"),
		line: planted("in a line"),
		file: planted("in a file"),
		layer: planted("in a layer"),
		process: planted("in a process"),
		model: planted("at the model"),
	};
	await app.database.pool.query("insert into audit_log (actor, action, subject) values ('x', $1, $2)", [
		lost.row[1],
		Buffer.from(`x:${lost.sealed[1]}`).toString("base64"),
	]);
	log.trace({ nested: { deep: `Bearer ${lost.line[1]}` } }, "a line");
	writeFileSync(join(`/proc/${agentPid}/root/home/agent`, "lost"), lost.file[1]);
	writeFileSync(join(app.dataDir, "sandboxes", "layers", "lost"), lost.layer[1]);
	const child = spawn("sleep", ["60"], { env: { LOST: lost.process[1] }, stdio: "ignore" });
	const modelUrl = record.calls.find(({ url }) => url.includes("/model/v1/messages"))?.url ?? "";
	await fetch(modelUrl, { method: "POST", body: JSON.stringify({ text: lost.model[1] }) });
	try {
		const found = await searchEverywhere(new Map(Object.values(lost)));
		for (const [name] of Object.values(lost))
			expect(found.filter((place) => place.endsWith(`: ${name}`))).not.toEqual([]);
	} finally {
		child.kill();
	}
});
