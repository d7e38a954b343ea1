import type { Refusal } from "../../model.ts";
import { formatMoment } from "../text/time.ts";

/** One refusal: what was called, why not, and with what. */
export function RefusalCard({ refusal }: { refusal: Refusal }) {
	return (
		<article className="refusal">
			<header>
				<code>{refusal.method}</code>
				<strong className="refusal-error">{refusal.error}</strong>
				<time className="message-time" dateTime={new Date(refusal.at).toISOString()}>
					{formatMoment(refusal.at)}
				</time>
			</header>
			{refusal.messages.length > 0 && (
				<ul>
					{refusal.messages.map((words) => (
						<li key={words}>{words}</li>
					))}
				</ul>
			)}
			<details>
				<summary>Arguments</summary>
				<pre className="code-block">{JSON.stringify(refusal.args, null, 2) ?? "none"}</pre>
			</details>
		</article>
	);
}
