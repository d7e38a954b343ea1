/** What a person's browser does with addresses: keeps cookies, follows nothing by itself. */
export interface Browser {
	open(url: string, options?: { form?: Record<string, string>; origin?: string }): Promise<Page>;
	cookies: Map<string, string>;
}

export interface Page {
	url: string;
	status: number;
	html: string;
	headers: Headers;
	/** Where it sends the browser to; throws where it does not. */
	next(): string;
}

export function createBrowser(): Browser {
	const cookies = new Map<string, string>();
	return {
		cookies,
		async open(url, { form, origin } = {}) {
			const response = await fetch(url, {
				method: form === undefined ? "GET" : "POST",
				redirect: "manual",
				headers: {
					cookie: [...cookies].map((pair) => pair.join("=")).join("; "),
					...(origin === undefined ? {} : { origin }),
				},
				...(form === undefined ? {} : { body: new URLSearchParams(form) }),
			});
			for (const line of response.headers.getSetCookie()) {
				const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
				cookies.set(name, value);
			}
			return {
				url,
				status: response.status,
				html: await response.text(),
				headers: response.headers,
				next() {
					const location = response.headers.get("location");
					if (location === null)
						throw new Error(`${new URL(url).pathname} answered ${response.status} without a location`);
					return new URL(location, url).href;
				},
			};
		},
	};
}
