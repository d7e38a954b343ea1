import { createPublicKey, randomBytes, verify } from "node:crypto";
import { z } from "zod";
import type { Level } from "./app-identity.ts";
import { badCredentials, installationSuspended, Refusal } from "./refusal.ts";
import type { PersonRow } from "./rows.ts";
import type { World } from "./world.ts";

const LONGEST_JWT_SECONDS = 600;
const CLOCK_DRIFT_SECONDS = 60;
const INSTALLATION_TOKEN_MS = 60 * 60 * 1000;

/** Who is calling. `repositoryIds` null: all of the installation's. */
export type Caller =
	| { kind: "anonymous" }
	| { kind: "app" }
	| {
			kind: "installation";
			installationId: number;
			repositoryIds: number[] | null;
			permissions: Record<string, Level>;
	  }
	| { kind: "user"; login: string; throughApp: boolean };

interface TokenRow {
	kind: "installation" | "user" | "refresh";
	installation_id: number | null;
	login: string | null;
	repository_ids: string | null;
	permissions: string | null;
	expires_at_ms: number;
}

const jwtHeader = z.object({ alg: z.literal("RS256") });
const jwtClaims = z.object({
	iat: z.number().int(),
	exp: z.number().int(),
	iss: z.union([z.string(), z.number()]),
});

/** Reads an Authorization header as REST does: `Bearer` or `token` (or Basic, with the token as password). */
export function identifyCaller(world: World, authorization: string | undefined): Caller {
	if (authorization === undefined || authorization === "") return { kind: "anonymous" };
	const [scheme = "", credential = ""] = authorization.split(" ");
	if (/^(bearer|token)$/i.test(scheme)) {
		return credential.split(".").length === 3 ? checkJwt(world, credential) : checkToken(world, credential);
	}
	if (/^basic$/i.test(scheme)) {
		const pair = Buffer.from(credential, "base64").toString("utf8");
		return checkToken(world, pair.slice(pair.indexOf(":") + 1));
	}
	throw badCredentials();
}

function checkToken(world: World, token: string): Caller {
	const person = world.state.get<PersonRow>("select * from people where token = ?", token);
	if (person !== undefined) return { kind: "user", login: person.login, throughApp: false };
	const row = world.state.get<TokenRow>("select * from tokens where token = ?", token);
	if (row === undefined || row.kind === "refresh" || row.expires_at_ms <= world.now()) throw badCredentials();
	if (row.kind === "user") return { kind: "user", login: row.login ?? "", throughApp: true };
	const installationId = row.installation_id ?? 0;
	if (findSuspended(world, installationId) !== null) throw installationSuspended();
	return {
		kind: "installation",
		installationId,
		repositoryIds: row.repository_ids === null ? null : (JSON.parse(row.repository_ids) as number[]),
		permissions: JSON.parse(row.permissions ?? "{}") as Record<string, Level>,
	};
}

/** Since when an installation is suspended; null: it is not. */
export function findSuspended(world: World, installationId: number): string | null {
	const row = world.state.get<{ at: string }>(
		"select at from suspended_installations where installation_id = ?",
		installationId,
	);
	return row?.at ?? null;
}

function checkJwt(world: World, token: string): Caller {
	const [header = "", claims = "", signature = ""] = token.split(".");
	const undecodable = () => new Refusal(401, "A JSON web token could not be decoded");
	const key = createPublicKey(world.identity.privateKey);
	if (!jwtHeader.safeParse(parsePart(header)).success) throw undecodable();
	if (!verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))) {
		throw undecodable();
	}
	const parsed = jwtClaims.safeParse(parsePart(claims));
	if (!parsed.success) throw undecodable();
	const { iat, exp, iss } = parsed.data;
	const nowSeconds = world.now() / 1000;
	if (iat > nowSeconds + CLOCK_DRIFT_SECONDS) {
		throw new Refusal(
			401,
			"'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
		);
	}
	if (exp <= nowSeconds) {
		throw new Refusal(
			401,
			"'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
		);
	}
	if (exp > nowSeconds + LONGEST_JWT_SECONDS + CLOCK_DRIFT_SECONDS || exp - iat > LONGEST_JWT_SECONDS) {
		throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
	}
	if (String(iss) !== String(world.identity.appId) && iss !== world.identity.clientId) {
		throw new Refusal(404, "Integration not found");
	}
	return { kind: "app" };
}

function parsePart(part: string): unknown {
	try {
		return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
	} catch {
		return undefined;
	}
}

/** Makes a token of an installation that lives for one hour. */
export function issueInstallationToken(
	world: World,
	grant: { installationId: number; repositoryIds: number[] | null; permissions: Record<string, Level> },
): { token: string; expiresAtMs: number } {
	const token = `ghs_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "x")}`;
	const expiresAtMs = world.now() + INSTALLATION_TOKEN_MS;
	world.state.run("delete from tokens where expires_at_ms <= ?", world.now());
	world.state.run(
		"insert into tokens (token, kind, installation_id, repository_ids, permissions, expires_at_ms) values (?, 'installation', ?, ?, ?, ?)",
		token,
		grant.installationId,
		grant.repositoryIds === null ? null : JSON.stringify(grant.repositoryIds),
		JSON.stringify(grant.permissions),
		expiresAtMs,
	);
	return { token, expiresAtMs };
}
