import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, toErrorBody } from "../errors.ts";
import type { Log } from "../log.ts";

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

export interface HttpServer {
	/** Where this process answers, for example `http://127.0.0.1:3000`. */
	origin: string;
	/** Puts the parts behind the door. Until then every path but /healthz says 503 "starting". */
	open(app: Hono, upgrades: Upgrade[]): void;
	close(): Promise<void>;
}

/**
 * Listens before anything else is started, so that a taken port is known at once and the address is known to the parts.
 *
 * @throws AppError `port_taken`, `port_forbidden`
 */
export async function listen(options: { host: string; port: number; log: Log }): Promise<HttpServer> {
	let open: Hono | null = null;
	let upgrades: Upgrade[] = [];
	const starting = new Hono()
		.get("/healthz", (c) => c.json({ ok: true }))
		.all("*", (c) => {
			c.header("retry-after", "1");
			return c.json(toErrorBody(new AppError("starting", "Bobbin is starting.", { retryable: true })), 503);
		});
	const server = createAdaptorServer({
		fetch: (request: Request, env: unknown) => (open ?? starting).fetch(request, env as HttpBindings),
	}) as Server;
	const upgraded = new Set<Duplex>();
	server.on("upgrade", (request, socket, head) => {
		upgraded.add(socket);
		socket.on("error", () => socket.destroy());
		socket.on("close", () => upgraded.delete(socket));
		if (!upgrades.some((upgrade) => upgrade(request, socket, head)))
			socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
	});
	await new Promise<void>((done, fail) => {
		server.once("error", (error: NodeJS.ErrnoException) => fail(toListenError(error, options.port)));
		server.listen(options.port, options.host, done);
	});
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("the server has no port");
	const host = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host;
	return {
		origin: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
		open(app, handlers) {
			app.onError((error, c) => {
				// Of Hono's own it is thrown for bodies over their limit alone.
				if (error instanceof HTTPException)
					return c.json(toErrorBody(new AppError("too_large", "The request is too large.")), 413);
				if (!(error instanceof AppError))
					options.log.error({ err: error, path: c.req.path }, "request failed");
				return c.json(toErrorBody(error), error instanceof AppError ? 400 : 500);
			});
			open = app;
			upgrades = handlers;
		},
		async close() {
			const closed = new Promise((done) => server.close(done));
			server.closeIdleConnections();
			const rest = setTimeout(() => {
				server.closeAllConnections();
				for (const socket of upgraded) socket.destroy();
			}, 2_000);
			await closed;
			clearTimeout(rest);
		},
	};
}

function toListenError(cause: NodeJS.ErrnoException, port: number): Error {
	if (cause.code === "EADDRINUSE") {
		return new AppError(
			"port_taken",
			`Port ${port} is taken by another program. Stop that one, or set PORT to a free port.`,
			{
				cause,
				retryable: true,
			},
		);
	}
	if (cause.code === "EACCES") {
		return new AppError(
			"port_forbidden",
			`Port ${port} needs more rights than this user has. Set PORT to one above 1023.`,
			{
				cause,
			},
		);
	}
	return cause;
}
