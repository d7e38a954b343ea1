import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningGithub, startPlaygroundGithub } from "../harness/playground-github.ts";

const HOUR_MS = 3_600_000;
let running: RunningGithub;
let aheadMs = 0;
beforeAll(async () => {
	running = await startPlaygroundGithub({ now: () => Date.now() + aheadMs });
});
afterAll(() => running.stop());

const connection = () => running.playground.connection;
const callback = () => `${running.origin}/github/callback`;
const verifier = randomBytes(32).toString("base64url");
const challenge = createHash("sha256").update(verifier).digest("base64url");

function authorize(query: Record<string, string> = {}, login = "mia") {
	const all = {
		client_id: connection().clientId,
		redirect_uri: callback(),
		state: "xyz",
		code_challenge: challenge,
		code_challenge_method: "S256",
		...query,
	};
	return fetch(`${connection().url}/login/oauth/authorize?${new URLSearchParams(all)}`, {
		method: "POST",
		body: new URLSearchParams({ login }),
		redirect: "manual",
	});
}
async function getCode(query?: Record<string, string>): Promise<string> {
	const answer = await authorize(query);
	return new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
}
async function ask(fields: Record<string, string>) {
	const { clientId, clientSecret, url } = connection();
	const answer = await fetch(`${url}/login/oauth/access_token`, {
		method: "POST",
		headers: { accept: "application/json", "content-type": "application/json" },
		body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...fields }),
	});
	return (await answer.json()) as { access_token?: string; refresh_token?: string; error?: string };
}
async function signIn() {
	const answer = await ask({ code: await getCode(), code_verifier: verifier, redirect_uri: callback() });
	return { token: answer.access_token ?? "", refreshToken: answer.refresh_token ?? "" };
}
const user = (token: string) =>
	fetch(`${connection().apiUrl}/user`, { headers: { authorization: `Bearer ${token}` } });
const aboutToken = (method: string, what: string, token: string, secret = connection().clientSecret) =>
	fetch(`${connection().apiUrl}/applications/${connection().clientId}/${what}`, {
		method,
		headers: {
			authorization: `Basic ${Buffer.from(`${connection().clientId}:${secret}`).toString("base64")}`,
		},
		body: JSON.stringify({ access_token: token }),
	});

describe("the authorize page refuses", () => {
	it.each<[string, Record<string, string>, number]>([
		["another client id", { client_id: "Iv23xx" }, 404],
		["another origin to go back to", { redirect_uri: "https://evil.example/github/callback" }, 400],
		["another path to go back to", { redirect_uri: "/playground/github" }, 400],
		["a plain code challenge", { code_challenge_method: "plain" }, 400],
		["a challenge without its method", { code_challenge_method: "" }, 400],
		["a challenge that is no SHA-256", { code_challenge: "abc" }, 400],
	])("%s", async (_what, query, status) => {
		if (query.redirect_uri?.startsWith("/")) query.redirect_uri = `${running.origin}${query.redirect_uri}`;
		expect((await authorize(query)).status).toBe(status);
	});
});

describe("a code", () => {
	it("goes back with the state, and is good once", async () => {
		const answer = await authorize();
		const back = new URL(answer.headers.get("location") ?? "");
		expect(back.searchParams.get("state")).toBe("xyz");
		const code = back.searchParams.get("code") ?? "";
		expect((await ask({ code, code_verifier: verifier })).access_token).toMatch(/^ghu_/);
		expect(await ask({ code, code_verifier: verifier })).toMatchObject({ error: "bad_verification_code" });
	});

	it.each([
		["without the verifier", {}],
		["with another verifier", { code_verifier: "x".repeat(43) }],
	])("is not taken %s, and is spent by the attempt", async (_what, fields) => {
		const code = await getCode();
		expect(await ask({ code, ...fields })).toMatchObject({ error: "bad_verification_code" });
		expect(await ask({ code, code_verifier: verifier })).toMatchObject({ error: "bad_verification_code" });
	});

	it("is not taken after ten minutes, nor with another secret or address", async () => {
		const code = await getCode();
		expect(await ask({ code, client_secret: "no" })).toMatchObject({ error: "incorrect_client_credentials" });
		expect(await ask({ code, code_verifier: verifier, redirect_uri: `${callback()}/other` })).toMatchObject({
			error: "redirect_uri_mismatch",
		});
		const late = await getCode();
		aheadMs += 11 * 60_000;
		expect(await ask({ code: late, code_verifier: verifier })).toMatchObject({
			error: "bad_verification_code",
		});
	});
});

describe("a person's token", () => {
	it("ends after eight hours; its refresh token is good once and takes it along", async () => {
		const first = await signIn();
		const other = await signIn();
		const refreshed = await ask({ grant_type: "refresh_token", refresh_token: first.refreshToken });
		expect((await user(first.token)).status).toBe(401);
		expect((await user(other.token)).status).toBe(200);
		expect((await user(refreshed.access_token ?? "")).status).toBe(200);
		expect(await ask({ grant_type: "refresh_token", refresh_token: first.refreshToken })).toMatchObject({
			error: "bad_refresh_token",
		});
		aheadMs += 9 * HOUR_MS;
		expect((await user(refreshed.access_token ?? "")).status).toBe(401);
	});

	it("is checked and ended by the App with its secret, and by nobody else", async () => {
		const { token, refreshToken } = await signIn();
		expect((await aboutToken("POST", "token", token)).status).toBe(200);
		expect((await aboutToken("POST", "token", token, "no")).status).toBe(404);
		expect((await aboutToken("POST", "token", `ghu_${"0".repeat(36)}`)).status).toBe(404);
		expect((await aboutToken("DELETE", "token", token)).status).toBe(204);
		expect((await user(token)).status).toBe(401);
		expect((await aboutToken("POST", "token", token)).status).toBe(404);
		expect(await ask({ grant_type: "refresh_token", refresh_token: refreshToken })).toMatchObject({
			error: "bad_refresh_token",
		});
	});

	it("goes with all others of that person when the grant is ended", async () => {
		const [one, two] = [await signIn(), await signIn()];
		expect((await aboutToken("DELETE", "grant", one.token)).status).toBe(204);
		expect((await user(two.token)).status).toBe(401);
	});

	it("shows addresses only where the App may see them", async () => {
		const { token } = await signIn();
		const headers = { authorization: `Bearer ${token}` };
		const answer = await fetch(`${connection().apiUrl}/user/emails`, { headers });
		expect(await answer.json()).toEqual([
			expect.objectContaining({ email: "mia@acme.example", verified: true }),
		]);
	});
});

it("omar and priya may write where mia and noah may", async () => {
	const answer = await fetch(`${connection().apiUrl}/repos/acme/shop/collaborators/priya/permission`, {
		headers: { authorization: "Bearer ghp_mia" },
	});
	expect(await answer.json()).toMatchObject({ permission: "write" });
});
