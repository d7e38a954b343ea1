import { type DoctorReport, SandboxError } from "../../provider.ts";
import type { Connection } from "./connection.ts";

type Problem = DoctorReport["problems"][number];

/** Asks Daytona whether it knows the key, and looks at what a sandbox there would need. */
export async function findProblems(deps: {
	connection: Connection;
	publicUrl: string | null;
	apiUrl: string;
}): Promise<Problem[]> {
	const problems: Problem[] = [];
	const { publicUrl } = deps;
	if (publicUrl === null || (isLoopback(publicUrl) && !isLoopback(deps.apiUrl))) {
		problems.push({
			code: "public_url_missing",
			message: "Sandboxes at Daytona cannot reach this Bobbin.",
			fix: "Set PUBLIC_URL to its public address, for example https://bobbin.example.com.",
		});
	} else if (new URL(publicUrl).pathname !== "/") {
		problems.push({
			code: "public_url_path",
			message: "PUBLIC_URL has a path; the gateway is only found at the root of a host.",
			fix: "Give Bobbin a host name of its own.",
		});
	}
	if (process.platform !== "linux" || process.arch !== "x64") {
		problems.push({
			code: "other_machine",
			message: `Daytona's sandboxes are Linux x64, and get their programs from this machine, which is ${process.platform} ${process.arch}.`,
			fix: "Run Bobbin on Linux x64.",
		});
	}
	try {
		await deps.connection.ask((daytona) => daytona.list({ limit: 1 })[Symbol.asyncIterator]().next());
	} catch (error) {
		if (!(error instanceof SandboxError)) throw error;
		problems.push({
			code: "daytona_refuses",
			message: error.message,
			fix: "Check DAYTONA_API_KEY, DAYTONA_API_URL and DAYTONA_TARGET.",
		});
	}
	return problems;
}

function isLoopback(url: string): boolean {
	return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}
