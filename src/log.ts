import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type Log = Logger;

const REDACTED_PATHS = [
	"*.token",
	"*.authorization",
	"headers.authorization",
	"*.privateKey",
	"*.signingSecret",
	"*.apiKey",
];

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
