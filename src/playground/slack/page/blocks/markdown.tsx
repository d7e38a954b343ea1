import type { ReactNode } from "react";
import { InlineText, keyed } from "../text/mrkdwn.tsx";
import { inlineToMrkdwn, type MarkdownPart, parseMarkdown } from "../text/parse-markdown.ts";
import { parseInline } from "../text/parse-mrkdwn.ts";

/** Standard Markdown, as the `markdown` block has it. */
export function Markdown({ source }: { source: string }): ReactNode {
	return <div className="markdown">{keyed(parseMarkdown(source), drawPart)}</div>;
}

function Line({ text }: { text: string }): ReactNode {
	return <InlineText parts={parseInline(inlineToMrkdwn(text))} />;
}

function drawPart(part: MarkdownPart): ReactNode {
	switch (part.type) {
		case "heading":
			return (
				<h4 className={`markdown-heading level-${Math.min(part.level, 4)}`}>
					<Line text={part.text} />
				</h4>
			);
		case "paragraph":
			return (
				<p>
					<Line text={part.text} />
				</p>
			);
		case "quote":
			return (
				<blockquote className="quote">
					<Line text={part.text} />
				</blockquote>
			);
		case "code_block":
			return <pre className="code-block">{part.text}</pre>;
		case "rule":
			return <hr className="block-divider" />;
		case "list": {
			const items = keyed(part.items, (item) => (
				<li style={{ marginInlineStart: item.indent * 20 }} className={item.isDone === null ? "" : "is-task"}>
					{item.isDone !== null && <input type="checkbox" checked={item.isDone} readOnly disabled />}
					<Line text={item.text} />
				</li>
			));
			return part.isOrdered ? <ol className="list">{items}</ol> : <ul className="list">{items}</ul>;
		}
		case "table": {
			const [head = [], ...body] = part.rows;
			return (
				<div className="block-table">
					<table>
						<thead>
							<tr>
								{keyed(head, (cell) => (
									<th>
										<Line text={cell} />
									</th>
								))}
							</tr>
						</thead>
						<tbody>
							{keyed(body, (cells) => (
								<tr>
									{keyed(cells, (cell) => (
										<td>
											<Line text={cell} />
										</td>
									))}
								</tr>
							))}
						</tbody>
					</table>
				</div>
			);
		}
		default:
			return part satisfies never;
	}
}
