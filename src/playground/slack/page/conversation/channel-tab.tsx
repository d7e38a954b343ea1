import type { ChannelView } from "../../model.ts";
import { Blocks } from "../blocks/blocks.tsx";
import { ExternalLink } from "../text/external-link.tsx";

/** What a tab of a code channel shows. */
export function ChannelTab({ view }: { view: ChannelView }) {
	return (
		<div className="channel-tab" role="tabpanel" aria-label={view.label}>
			<TabContent view={view} />
		</div>
	);
}

function TabContent({ view }: { view: ChannelView }) {
	switch (view.type) {
		case "diff":
			return (
				<>
					<p className="quiet">
						{view.base_branch} ← {view.head_branch}
					</p>
					<pre className="diff">
						{(view.content ?? "").split("\n").map((line, index) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: lines of a text have no other name
							<span key={index} className={classOf(line)}>
								{line}
								{"\n"}
							</span>
						))}
					</pre>
				</>
			);
		case "pull_request":
			return (
				<p>
					<ExternalLink url={view.pr_url ?? ""}>{view.pr_url}</ExternalLink>
				</p>
			);
		case "block_kit":
			return <Blocks blocks={view.blocks ?? []} />;
		case "html":
			// Whoever made it may put anything in: it is shown as a text.
			return <pre>{view.content}</pre>;
		default:
			return view.type satisfies never;
	}
}

function classOf(line: string): string {
	if (/^(diff |index |--- |\+\+\+ )/.test(line)) return "diff-file";
	if (line.startsWith("@@")) return "diff-hunk";
	if (line.startsWith("+")) return "diff-added";
	return line.startsWith("-") ? "diff-removed" : "";
}
