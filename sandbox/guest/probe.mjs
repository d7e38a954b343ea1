// Prints the HTTP status that the gateway gives for an address; ends with 1 where there is no answer.
import { readFileSync } from "node:fs";

const token = readFileSync(process.env.BOBBIN_TOKEN_FILE, "utf8").trim();
try {
	const response = await fetch(process.argv[2], {
		headers: { authorization: `Bearer ${token}` },
		signal: AbortSignal.timeout(10_000),
	});
	console.log(response.status);
} catch (error) {
	console.error(String(error));
	process.exitCode = 1;
}
