import type { ReactNode } from "react";
import { isWebAddress } from "./parse-mrkdwn.ts";

/** A link that leaves the page, in a new tab. An address that no browser should follow is only text. */
export function ExternalLink({ url, children }: { url: string; children: ReactNode }) {
	if (!isWebAddress(url)) return <span>{children}</span>;
	return (
		<a className="link" href={url} target="_blank" rel="noreferrer">
			{children}
		</a>
	);
}
