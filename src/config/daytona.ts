import { AppError } from "../errors.ts";
import type { Environment } from "./environment.ts";

export interface RealDaytona {
	apiKey: string;
	apiUrl: string;
	/** The region. */
	target: string;
	/** What sandboxes are made from, with a tag or digest; null: the image of our Dockerfile. */
	image: string | null;
	/** Where Bobbin's programs lie inside. */
	toolsDir: string;
	/** Where sandboxes reach this Bobbin. */
	publicUrl: string;
}

/** @throws AppError `bad_config` with what is missing */
export function toDaytona(e: Environment): RealDaytona {
	if (!e.DAYTONA_API_KEY) {
		throw new AppError("bad_config", "DAYTONA_API_KEY is missing: SANDBOX_PROVIDER=daytona needs it.");
	}
	if (!e.PUBLIC_URL) {
		throw new AppError(
			"bad_config",
			"PUBLIC_URL is missing: sandboxes at Daytona reach Bobbin's gateway there. Set it to this server's public address.",
		);
	}
	return {
		apiKey: e.DAYTONA_API_KEY,
		apiUrl: e.DAYTONA_API_URL.replace(/\/+$/, ""),
		target: e.DAYTONA_TARGET,
		image: e.DAYTONA_IMAGE ?? null,
		toolsDir: e.DAYTONA_TOOLS_DIR.replace(/\/+$/, ""),
		publicUrl: e.PUBLIC_URL.replace(/\/+$/, ""),
	};
}
