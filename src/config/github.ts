import { AppError } from "../errors.ts";
import type { Environment } from "./environment.ts";

export interface RealGithub {
	appId: string;
	privateKey: string;
	webhookSecret: string;
	clientId: string | null;
	clientSecret: string | null;
	apiUrl: string;
	url: string;
}

/** Null: the playground stands in. @throws AppError `bad_config` where it is half set */
export function toGithub(e: Environment): RealGithub | null {
	if (!e.GITHUB_APP_ID && !e.GITHUB_PRIVATE_KEY && !e.GITHUB_WEBHOOK_SECRET) return null;
	const missing = (["GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"] as const).filter(
		(name) => !e[name],
	);
	if (!e.GITHUB_APP_ID || !e.GITHUB_PRIVATE_KEY || !e.GITHUB_WEBHOOK_SECRET) {
		throw new AppError("bad_config", `GitHub is only half set: ${missing.join(", ")} missing.`);
	}
	return {
		appId: e.GITHUB_APP_ID,
		privateKey: e.GITHUB_PRIVATE_KEY.replaceAll("\\n", "\n"),
		webhookSecret: e.GITHUB_WEBHOOK_SECRET,
		clientId: e.GITHUB_CLIENT_ID ?? null,
		clientSecret: e.GITHUB_CLIENT_SECRET ?? null,
		apiUrl: e.GITHUB_API_URL.replace(/\/+$/, ""),
		url: e.GITHUB_URL.replace(/\/+$/, ""),
	};
}
