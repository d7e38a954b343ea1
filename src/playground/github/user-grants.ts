import { randomBytes } from "node:crypto";
import type { World } from "./world.ts";

const USER_TOKEN_MS = 8 * 60 * 60 * 1000;
const REFRESH_TOKEN_MS = 184 * 24 * 60 * 60 * 1000;

/** Makes a user-to-server token (8 hours) with its refresh token (6 months), as the answer that GitHub gives. */
export function issueUserToken(world: World, login: string) {
	return world.state.transaction(() => insertPair(world, login));
}

function insertPair(world: World, login: string) {
	const token = `ghu_${randomBytes(18).toString("hex")}`;
	const refreshToken = `ghr_${randomBytes(38).toString("hex")}`;
	const insert = (value: string, kind: "user" | "refresh", lifeMs: number) =>
		world.state.run(
			"insert into tokens (token, kind, login, expires_at_ms) values (?, ?, ?, ?)",
			value,
			kind,
			login,
			world.now() + lifeMs,
		);
	insert(token, "user", USER_TOKEN_MS);
	insert(refreshToken, "refresh", REFRESH_TOKEN_MS);
	world.state.run("insert into token_pairs (token, refresh_token) values (?, ?)", token, refreshToken);
	return {
		access_token: token,
		expires_in: USER_TOKEN_MS / 1000,
		refresh_token: refreshToken,
		refresh_token_expires_in: REFRESH_TOKEN_MS / 1000,
		scope: "",
		token_type: "bearer",
	};
}

/** A new pair for a refresh token, which is good once, and takes its old token with it. Undefined: it is not good. */
export function refreshUserToken(world: World, refreshToken: string) {
	const { state } = world;
	return state.transaction(() => {
		const row = state.get<{ login: string; expires_at_ms: number }>(
			"delete from tokens where token = ? and kind = 'refresh' returning login, expires_at_ms",
			refreshToken,
		);
		if (row === undefined || row.expires_at_ms <= world.now()) return undefined;
		state.run(
			"delete from tokens where token in (select token from token_pairs where refresh_token = ?)",
			refreshToken,
		);
		state.run("delete from token_pairs where refresh_token = ?", refreshToken);
		return insertPair(world, row.login);
	});
}

/** Whose a user token is, while it is good. */
export function findUserToken(world: World, token: string): { login: string } | undefined {
	const row = world.state.get<{ login: string; expires_at_ms: number }>(
		"select login, expires_at_ms from tokens where token = ? and kind = 'user'",
		token,
	);
	return row !== undefined && row.expires_at_ms > world.now() ? { login: row.login } : undefined;
}

/** Ends a token and the refresh token that came with it. */
export function endUserToken(world: World, token: string): void {
	world.state.transaction(() => {
		world.state.run(
			"delete from tokens where token = ? or token in (select refresh_token from token_pairs where token = ?)",
			token,
			token,
		);
		world.state.run("delete from token_pairs where token = ?", token);
	});
}

/** Ends everything that the App got for a person. */
export function endGrant(world: World, login: string): number {
	return world.state.run("delete from tokens where kind in ('user', 'refresh') and login = ?", login).changes;
}
