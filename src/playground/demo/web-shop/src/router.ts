export interface ShopRequest {
	params: Record<string, string>;
	query: URLSearchParams;
	body: unknown;
}

export interface ShopResponse {
	status: number;
	type: "text/html" | "application/json" | "text/css";
	body: string;
}

export interface Route {
	method: "GET" | "POST" | "DELETE";
	/** Segments that start with a colon are parameters: `/api/products/:sku`. */
	path: string;
	handle(request: ShopRequest): ShopResponse;
}

export function json(body: unknown, status = 200): ShopResponse {
	return { status, type: "application/json", body: JSON.stringify(body) };
}

export function page(body: string, status = 200): ShopResponse {
	return { status, type: "text/html", body };
}

/** Finds the route for a method and path, with its parameters decoded. */
export function matchRoute(
	routes: readonly Route[],
	method: string,
	path: string,
): { route: Route; params: Record<string, string> } | undefined {
	const segments = path.split("/");
	for (const route of routes) {
		if (route.method !== method) continue;
		const params = matchPath(route.path.split("/"), segments);
		if (params) return { route, params };
	}
	return undefined;
}

function matchPath(pattern: string[], segments: string[]): Record<string, string> | undefined {
	if (pattern.length !== segments.length) return undefined;
	const params: Record<string, string> = {};
	for (const [index, part] of pattern.entries()) {
		const segment = segments[index] ?? "";
		if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(segment);
		else if (part !== segment) return undefined;
	}
	return params;
}
