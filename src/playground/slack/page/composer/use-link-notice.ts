import { useEffect, useRef } from "react";
import type { Client } from "../state/client.ts";

const PAUSE_MS = 300;

/** Tells Slack of each new link once the person pauses, as its composer does to show a preview. */
export function useLinkNotice(client: Client, text: string): void {
	const told = useRef(new Set<string>());
	useEffect(() => {
		const links = text.match(/https?:\/\/[^\s<>|]+/g) ?? [];
		if (links.length === 0) told.current.clear();
		if (links.every((link) => told.current.has(link))) return;
		const timer = setTimeout(() => {
			for (const link of links) told.current.add(link);
			// No preview is shown, so nothing is lost by a failure.
			client.post("composing", { text }).catch(() => {});
		}, PAUSE_MS);
		return () => clearTimeout(timer);
	}, [client, text]);
}
