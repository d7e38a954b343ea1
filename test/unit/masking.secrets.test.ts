import { expect, test } from "vitest";
import { maskSecrets } from "../../src/masking/mask-secrets.ts";
import { cpuMs } from "../harness/cpu-ms.ts";

// Written in two parts, so that no scanner takes this file for a leak.
const join = (...parts: string[]) => parts.join("");
const AWS_ID = join("AKIA", "Z7QX2MWLPD4RTYHN");
const AWS_SECRET = join("wJalrXUtnFEMIK7MDENG", "bPxRfiCY3BCDEFGHIJKL");
const GITHUB = join("ghp", "_16C7e42F292c6912E7710c838347Ae178B4a");
const SLACK = join("xoxb", "-2469834567-2469834567890-AbCdEfGhIjKlMnOpQrStUvWx");
const ANTHROPIC = join("sk-ant", `-api03-${"Ab3dEfGh".repeat(11)}Ab3dE-AbCdEfAA`);
const OPENAI = join("sk-", `proj-${"Ab3dXy9kQz".repeat(8)}`);
const STRIPE = join("sk_", "live_4eC39HqLyjWDarjtT1zdp7dc");
const GOOGLE = join("AIza", "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe");
const SENDGRID = join("SG.", "ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr");
const JWT = join("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiJtaWEiLCJleHAiOjE3fQ.Zk3kd9fkd03kfoDkfo39fkdo30fkd_-a");
const BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7".repeat(6);
const PEM = join("-----BEGIN RSA PRIVATE ", `KEY-----\n${BODY}\n-----END RSA PRIVATE KEY-----`);
const PGP = join("-----BEGIN PGP PRIVATE ", `KEY BLOCK-----\n\n${BODY}\n-----END PGP PRIVATE KEY BLOCK-----`);

test.each([
	["an AWS key id", `use ${AWS_ID} please`, "use [masked AWS key] please", ["AWS key"]],
	[
		"an AWS secret with its label",
		`aws_secret_access_key = ${AWS_SECRET}`,
		"aws_secret_access_key = [masked AWS key]",
		["AWS key"],
	],
	[
		"an AWS secret in JSON",
		`{"AWS_SECRET_ACCESS_KEY":"${AWS_SECRET}"}`,
		'{"AWS_SECRET_ACCESS_KEY":"[masked AWS key]"}',
		["AWS key"],
	],
	[
		"a GitHub token twice",
		`${GITHUB} and ${GITHUB}`,
		"[masked GitHub token] and [masked GitHub token]",
		["GitHub token", "GitHub token"],
	],
	["a Slack token", `(${SLACK})`, "([masked Slack token])", ["Slack token"]],
	["an Anthropic key", ANTHROPIC, "[masked Anthropic key]", ["Anthropic key"]],
	["an OpenAI key", `OPENAI_API_KEY=${OPENAI}`, "OPENAI_API_KEY=[masked OpenAI key]", ["OpenAI key"]],
	["a Stripe key", `key: ${STRIPE}`, "key: [masked Stripe key]", ["Stripe key"]],
	["a Google key", `?key=${GOOGLE}&x=1`, "?key=[masked Google key]&x=1", ["Google key"]],
	["a SendGrid key", SENDGRID, "[masked SendGrid key]", ["SendGrid key"]],
	["a signed token", `cookie ${JWT}`, "cookie [masked token]", ["token"]],
	[
		"a bearer header",
		"Authorization: Bearer 8f3Kd93kfOd03kfoDkfo39fk",
		"Authorization: Bearer [masked token]",
		["token"],
	],
	[
		"an npm login",
		"//registry.npmjs.org/:_authToken=Zk3kd9fk-d03k-foDk-fo39",
		"//registry.npmjs.org/:_authToken=[masked token]",
		["token"],
	],
	["a private key", `here:\n${PEM}\nthanks`, "here:\n[masked private key]\nthanks", ["private key"]],
	["a private key in one line", PEM.replaceAll("\n", "\\n"), "[masked private key]", ["private key"]],
	["a private key that was cut off", PEM.slice(0, 200), "[masked private key]", ["private key"]],
	["a PGP key", PGP, "[masked private key]", ["private key"]],
	[
		"only the password of a connection string",
		"postgres://app:Zk3kd9f!kd@db.acme.io:5432/shop",
		"postgres://app:[masked password]@db.acme.io:5432/shop",
		["password"],
	],
	[
		"the password of a Redis without a user",
		"redis://:Zk3kd9fkd@cache:6379",
		"redis://:[masked password]@cache:6379",
		["password"],
	],
	[
		"the password of a web address",
		"git clone https://mia:Zk3kd9fkd@git.acme.io/x",
		"git clone https://mia:[masked password]@git.acme.io/x",
		["password"],
	],
	[
		"a random value under a telling name",
		'DB_PASSWORD="q8Zt!vR2mK9w"',
		'DB_PASSWORD="[masked secret]"',
		["secret"],
	],
	[
		"a token of hexadecimal digits under its name",
		"deploy_token: 9f86d081884c7d659a2feaa0c55ad015",
		"deploy_token: [masked secret]",
		["secret"],
	],
	[
		"what a comment tries to hide",
		`secretlint-disable\n${GITHUB}`,
		"secretlint-disable\n[masked GitHub token]",
		["GitHub token"],
	],
])("masks %s", async (_what, text, masked, kinds) => {
	expect(await maskSecrets(text)).toEqual({ text: masked, kinds });
});

test.each([
	["the hash of a commit", "reverts 4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7"],
	["a short hash", "since 9fceb02 it fails"],
	["a UUID", "order 123e4567-e89b-42d3-a456-426614174000"],
	["a UUID under a telling name", "session_token=123e4567-e89b-42d3-a456-426614174000"],
	[
		"a lock file's hash",
		'"integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="',
	],
	["an image's digest", "node@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
	["the keys of AWS's manual", join("AKIAIOSFODNN7", "EXAMPLE and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")],
	[
		"the token of every manual",
		join("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
	],
	["a private key without its key", join("-----BEGIN PRIVATE ", "KEY-----\n...\n-----END PRIVATE KEY-----")],
	["a public key", join("-----BEGIN PUBLIC ", `KEY-----\n${BODY}\n-----END PUBLIC KEY-----`)],
	["a certificate", join("-----BEGIN CERTIFI", `CATE-----\n${BODY}\n-----END CERTIFICATE-----`)],
	["the database of every test", "postgres://postgres:postgres@localhost:5432/test"],
	["a placeholder in an address", "https://user:<password>@example.com and mysql://root:$DB_PASSWORD@db/x"],
	["an address without a password", "ssh://git@github.com:22/acme/shop.git https://acme.io:8080/a@b"],
	["code that reads a secret", "const token = process.env.DEPLOY_TOKEN2; password: getPassword(user1)"],
	["a reference to a secret", join("api_key: $", "{{ secrets.API_KEY_2 }} token: $TOKEN_1234567890")],
	["a placeholder", "API_KEY=your_api_key_goes_here1 SECRET=xxxxxxxxxxxxxxxx password=changeme12345678"],
	["words", "the password: it is asked for twice. token: invalid_grant_type"],
	["a count of tokens", "max_tokens: 4096, tokens=128000"],
	["a stack trace", "at TokenStore.read (src/token-store.ts:12:34) password=undefined"],
	[
		"what is masked already",
		"DB_PASSWORD=[masked secret] postgres://app:[masked password]@db.acme.io/shop [masked AWS key]",
	],
])("leaves %s as it is", async (_what, text) => {
	expect(await maskSecrets(text)).toEqual({ text, kinds: [] });
});

test("is quick with a long text that nearly matches", async () => {
	const text = `${"token: ".repeat(3_000)}${"-----BEGIN PRIVATE KEY-----\n".repeat(500)}${"aws secret ".repeat(2_000)}`;
	expect(await cpuMs(() => maskSecrets(text))).toBeLessThan(2_000);
});
