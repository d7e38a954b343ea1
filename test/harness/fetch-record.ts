interface Call {
	url: string;
	headers: Headers;
	/** null: it had none, or one that cannot be read twice. */
	body: string | null;
	answered: Headers | null;
}

/** What this process asked over `fetch` since the record began. `stop` gives it back as it was. */
export interface FetchRecord {
	calls: readonly Call[];
	stop(): void;
}

export function recordFetch(): FetchRecord {
	const passOn = globalThis.fetch;
	const calls: Call[] = [];
	globalThis.fetch = async (input, init) => {
		const isRequest = input instanceof Request;
		const call: Call = {
			url: isRequest ? input.url : String(input),
			headers: new Headers(init?.headers ?? (isRequest ? input.headers : undefined)),
			body: toText(init?.body),
			answered: null,
		};
		calls.push(call);
		const answer = await passOn(input, init);
		call.answered = answer.headers;
		return answer;
	};
	return {
		calls,
		stop() {
			globalThis.fetch = passOn;
		},
	};
}

function toText(body: RequestInit["body"]): string | null {
	if (typeof body === "string") return body;
	if (body instanceof URLSearchParams) return body.toString();
	return body instanceof Uint8Array ? Buffer.from(body).toString() : null;
}

/** Every credential that went through these calls, named after where it was seen. */
export function listCredentials(calls: readonly Call[]): Map<string, string> {
	const seen = new Map<string, string>();
	const add = (where: string, value: string | null | undefined) => {
		if (value && value.length >= 20 && ![...seen.values()].includes(value))
			seen.set(`${where} #${seen.size + 1}`, value);
	};
	for (const { url, headers, body, answered } of calls) {
		const { pathname, searchParams } = new URL(url);
		const [scheme, credential = ""] = (headers.get("authorization") ?? "").split(" ");
		const basic = Buffer.from(credential, "base64").toString().split(":").slice(1).join(":");
		add(`credential for ${pathname}`, scheme?.toLowerCase() === "basic" ? basic : credential);
		add(`key for ${pathname}`, headers.get("x-api-key"));
		for (const pair of (headers.get("cookie") ?? "").split("; ")) add("cookie", pair.replace(/^[^=]*=/, ""));
		for (const line of answered?.getSetCookie() ?? []) add("cookie", /^[^=]+=([^;]*)/.exec(line)?.[1]);
		const sentTo = new URL(answered?.get("location") ?? "/", url).searchParams;
		for (const name of ["code", "state"]) {
			add(`sign-in ${name}`, searchParams.get(name));
			add(`sign-in ${name}`, sentTo.get(name));
		}
		if (!pathname.endsWith("/login/oauth/access_token")) continue;
		const fields = JSON.parse(body ?? "{}") as Record<string, string>;
		for (const name of ["client_secret", "code", "code_verifier", "refresh_token"])
			add(`sign-in ${name}`, fields[name]);
	}
	return seen;
}
