import { generateKeyPairSync } from "node:crypto";
import { pino } from "pino";
import { expect, it } from "vitest";
import { createGithub } from "../../src/github/app.ts";

const { privateKey } = generateKeyPairSync("rsa", {
	modulusLength: 2048,
	publicKeyEncoding: { type: "spki", format: "pem" },
	privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const deps = {
	appId: "1",
	privateKey,
	webhookSecret: "s",
	// Port 9 is the discard service: nothing answers there.
	apiUrl: "http://127.0.0.1:9",
	url: "https://github.example",
	log: pino({ level: "silent" }),
	now: Date.now,
};

it("says at once that a private key is none", () => {
	expect(() => createGithub({ ...deps, privateKey: "not a key" })).toThrow(
		expect.objectContaining({ code: "bad_config" }),
	);
});

it("calls a GitHub that cannot be reached unavailable, and that worth another try", async () => {
	await expect(createGithub(deps).listRepositories()).rejects.toMatchObject({
		code: "github_unavailable",
		retryable: true,
	});
});

it("gives the remote of a repository, odd names escaped", () => {
	const github = createGithub(deps);
	expect(github.gitUrl({ owner: "acme", name: "shop" })).toBe("https://github.example/acme/shop.git");
	expect(github.gitUrl({ owner: "a/../b", name: "x?y" })).toBe("https://github.example/a%2F..%2Fb/x%3Fy.git");
});
