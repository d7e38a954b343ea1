const DAY_MS = 86_400_000;

/** Milliseconds since the epoch of a message's timestamp. */
export function tsToMs(ts: string): number {
	return Math.floor(Number(ts) * 1000);
}

/** `14:05` or `2:05 PM`, as the person's language has it. */
export function formatTime(ms: number): string {
	return new Date(ms).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

/** `Today`, `Yesterday`, or the day. */
export function formatDay(ms: number, nowMs: number): string {
	const days = Math.round((startOfDay(nowMs) - startOfDay(ms)) / DAY_MS);
	if (days === 0) return "Today";
	if (days === 1) return "Yesterday";
	return new Date(ms).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

export function formatAgo(ms: number, nowMs: number): string {
	const minutes = Math.floor((nowMs - ms) / 60_000);
	if (minutes < 1) return "just now";
	if (minutes < 60) return `${minutes} ${minutes === 1 ? "minute" : "minutes"} ago`;
	const hours = Math.floor(minutes / 60);
	if (hours < 24) return `${hours} ${hours === 1 ? "hour" : "hours"} ago`;
	return `${formatDay(ms, nowMs)} at ${formatTime(ms)}`;
}

export function formatMoment(ms: number): string {
	return new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
}

/** Fills Slack's date format, for example `{date_short} at {time}`; null for a timestamp that is none. */
export function formatDate(seconds: number, format: string): string | null {
	if (!Number.isFinite(seconds)) return null;
	const date = new Date(seconds * 1000);
	const show = (options: Intl.DateTimeFormatOptions) => date.toLocaleString([], options);
	const words: Record<string, string> = {
		date_num: date.toISOString().slice(0, 10),
		date: show({ day: "numeric", month: "long", year: "numeric" }),
		date_short: show({ day: "numeric", month: "short", year: "numeric" }),
		date_long: show({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
		time: formatTime(date.getTime()),
		time_secs: show({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
		ago: formatAgo(date.getTime(), Date.now()),
	};
	return format.replaceAll(
		/\{(\w+)\}/g,
		(whole, name: string) => words[name.replace(/_pretty$/, "")] ?? whole,
	);
}

export function startOfDay(ms: number): number {
	return new Date(ms).setHours(0, 0, 0, 0);
}
