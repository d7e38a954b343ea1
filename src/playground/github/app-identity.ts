import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { State } from "./state.ts";

export type Level = "read" | "write" | "admin";

/** The registered App: one, as its manifest says. */
export interface AppIdentity {
	appId: number;
	slug: string;
	name: string;
	botId: number;
	clientId: string;
	clientSecret: string;
	webhookSecret: string;
	/** PEM, PKCS#1, the form that GitHub hands out. */
	privateKey: string;
	permissions: Record<string, Level>;
	events: string[];
}

const manifest = z.object({
	name: z.string(),
	default_permissions: z.record(z.string(), z.enum(["read", "write", "admin"])),
	default_events: z.array(z.string()),
});
const MANIFEST = new URL("../../../manifests/github-app.json", import.meta.url);

/** The App as its manifest registers it. Its secrets are made once and kept. */
export function loadAppIdentity(state: State): AppIdentity {
	const { name, default_permissions, default_events } = manifest.parse(
		JSON.parse(readFileSync(MANIFEST, "utf8")),
	);
	const once = (setting: string, make: () => string): string => {
		state.run("insert into settings (name, value) values (?, ?) on conflict do nothing", setting, "");
		const row = state.get<{ value: string }>("select value from settings where name = ?", setting);
		if (row !== undefined && row.value !== "") return row.value;
		const value = make();
		state.run("update settings set value = ? where name = ?", value, setting);
		return value;
	};
	return {
		appId: 100_001,
		slug: name.toLowerCase().replaceAll(" ", "-"),
		name,
		botId: 41_000_001,
		clientId: once("client_id", () => `Iv23li${randomBytes(7).toString("hex")}`),
		clientSecret: once("client_secret", () => randomBytes(20).toString("hex")),
		webhookSecret: once("webhook_secret", () => randomBytes(20).toString("hex")),
		privateKey: once(
			"private_key",
			() =>
				generateKeyPairSync("rsa", {
					modulusLength: 2048,
					publicKeyEncoding: { type: "spki", format: "pem" },
					privateKeyEncoding: { type: "pkcs1", format: "pem" },
				}).privateKey,
		),
		permissions: default_permissions,
		events: default_events,
	};
}
