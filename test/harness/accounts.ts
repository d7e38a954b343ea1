import { createServer } from "node:http";
import { Writable } from "node:stream";
import { Hono } from "hono";
import { pino } from "pino";
import { createAccounts } from "../../src/create-accounts.ts";
import type { Release } from "../../src/people/linking.ts";
import { type Browser, createBrowser, type Page } from "../../src/playground/browser.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import { createSessions } from "../../src/sessions/create-sessions.ts";
import { createTestDatabase } from "./database.ts";
import { listenHere, shut } from "./listen.ts";
import { startPlaygroundGithub } from "./playground-github.ts";
import { createCore } from "./sessions.ts";

/**
 * People, a database and the playground's GitHub, joined as the app joins them, with a way between that counts and spoils
 * calls for tokens. Several instances may be made on it.
 */
export async function createAccountsFixture(
	options: { releases?: (core: ReturnType<typeof createCore>) => Release[] } = {},
) {
	const database = await createTestDatabase();
	const clock = { ahead: 0 };
	const now = () => Date.now() + clock.ahead;
	const github = await startPlaygroundGithub({ now });
	const core = createCore(database);
	await core.jobs.prepare();
	const proxy = await createProxy(github.playground.connection.url);
	const logged: string[] = [];
	const log = pino(
		{ level: "trace" },
		new Writable({
			write(line, _encoding, done) {
				logged.push(String(line));
				done();
			},
		}),
	);

	/** One instance of Bobbin, as far as accounts go. */
	function createInstance() {
		const { clientId, clientSecret } = github.playground.connection;
		return createAccounts({
			db: database.db,
			enqueue: core.jobs.enqueue,
			github: { clientId, clientSecret, apiUrl: `${proxy.url}/api/v3`, url: proxy.url },
			seal: createSeal(() => [{ id: "k1", bytes: new Uint8Array(32).fill(7) }]),
			publicUrl: github.origin,
			releases: options.releases?.(core) ?? [],
			log,
			now,
			newId: core.newId,
		});
	}
	const accounts = createInstance();
	const app = new Hono().route(
		"/",
		accounts.createRoutes(async (teamId) => (teamId === "T1" ? "Acme" : null)),
	);
	github.onSignIn((request) => app.fetch(request));
	if (accounts.linking === null) throw new Error("the playground has a client id");
	const { linking } = accounts;

	/** Goes from a link to the question whether it is them. */
	async function goToQuestion(browser: Browser, url: string, login: string): Promise<Page> {
		const authorize = (await browser.open((await browser.open(url)).next())).next();
		return browser.open((await browser.open(authorize, { form: { login } })).next());
	}

	return {
		database,
		core,
		github,
		proxy,
		logged,
		now,
		/** Moves the clock of Bobbin and of GitHub on. */
		advance: (ms: number) => {
			clock.ahead += ms;
		},
		accounts,
		linking,
		/** The domain where people can link, so that prompts are held. */
		holdingSessions: createSessions({
			db: database.db,
			eventLog: core.eventLog,
			enqueue: core.jobs.enqueue,
			access: core.access,
			mask: core.mask,
			canLink: true,
			now,
			newId: core.newId,
		}),
		/** Names of the jobs of a session that nobody took yet, in alphabetical order. */
		async openJobs(sessionId: string): Promise<string[]> {
			const { rows } = await database.pool.query<{ name: string }>(
				"select name from pgboss.job where state = 'created' and data->>'sessionId' = $1 order by name",
				[sessionId],
			);
			return rows.map(({ name }) => name);
		},
		createInstance,
		goToQuestion,
		answer: (browser: Browser, question: Page, form: Record<string, string>) =>
			browser.open(`${github.origin}/github/connect/confirm`, {
				form: { state: new URL(question.url).searchParams.get("state") ?? "", ...form },
			}),
		async link(personId: string, login: string): Promise<Page> {
			const browser = createBrowser();
			const question = await goToQuestion(browser, (await linking.invite(personId)).url, login);
			return this.answer(browser, question, { answer: "yes" });
		},
		/** Every text in every row of every table. */
		async dump(): Promise<string> {
			const { rows: tables } = await database.pool.query<{ name: string }>(
				"select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
			);
			const texts = await Promise.all(
				tables.map(async ({ name }) => {
					const { rows } = await database.pool.query(`select to_jsonb(t) as row from ${name} t`);
					return JSON.stringify(rows);
				}),
			);
			return texts.join("\n");
		},
		async close() {
			await core.jobs.stop();
			await proxy.close();
			await github.stop();
			await database.drop();
		},
	};
}

/** Passes calls on to GitHub; counts those for tokens, remembers every token that came back, holds or drops answers on demand. */
async function createProxy(target: string) {
	const calls: { path: string; grantType: string | null }[] = [];
	const tokens = new Set<string>();
	let spoil: ((path: string) => "drop" | "unavailable" | "unknown_client" | null) | null = null;
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", async () => {
			const path = request.url ?? "";
			// A page, for people: they go on to the real one.
			if (path.startsWith("/login/oauth/authorize")) {
				response.writeHead(302, { location: `${target}${path}` }).end();
				return;
			}
			const body = Buffer.concat(chunks);
			const fields = body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, string>);
			calls.push({ path, grantType: fields.grant_type ?? null });
			const fault = spoil?.(path) ?? null;
			if (fault === "unavailable") {
				response.writeHead(503).end();
				return;
			}
			if (fault === "unknown_client") {
				response.writeHead(404, { "content-type": "application/json" }).end('{"error":"Not Found"}');
				return;
			}
			const headers = Object.fromEntries(
				Object.entries(request.headers).filter(([name]) => !/^(host|connection|content-length)$/.test(name)),
			) as Record<string, string>;
			const answer = await fetch(`${target}${path}`, {
				method: request.method ?? "GET",
				headers,
				redirect: "manual",
				...(body.length === 0 ? {} : { body }),
			});
			const text = await answer.text();
			for (const [token] of text.matchAll(/gh[ur]_[0-9a-z]+/g)) tokens.add(token);
			if (fault === "drop") {
				response.destroy();
				return;
			}
			response.writeHead(answer.status, {
				"content-type": answer.headers.get("content-type") ?? "text/plain",
			});
			response.end(text);
		});
	});
	return {
		url: await listenHere(server),
		calls,
		tokens,
		/** `drop`: GitHub does it, its answer is lost. `unknown_client`: as GitHub answers a client id that it does not know. */
		spoil(how: typeof spoil) {
			spoil = how;
		},
		close: () => shut(server),
	};
}
