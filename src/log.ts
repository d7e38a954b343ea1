import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type Log = Logger;

const SECRETS = [
	...["token", "accessToken", "refreshToken", "access_token", "refresh_token"],
	...["authorization", "cookie", "privateKey", "clientSecret", "webhookSecret", "signingSecret", "apiKey"],
];
/** As deep as `err.request.headers.authorization`. */
const REDACTED_PATHS = ["", "*.", "*.*.", "*.*.*."].flatMap((where) => SECRETS.map((name) => where + name));

/**
 * Creates the process's logger: readable lines on a terminal, JSON lines elsewhere; known secret fields are cut out.
 *
 * @param options.to where JSON lines go; left out: standard output
 */
export function createLog(options: { level: string; pretty: boolean; to?: DestinationStream }): Log {
	const base = { level: options.level, redact: { paths: REDACTED_PATHS, censor: "[cut]" } };
	return options.pretty
		? pino(base, pretty({ ignore: "pid,hostname", translateTime: "HH:MM:ss", sync: true }))
		: pino(base, options.to ?? pino.destination(1));
}
