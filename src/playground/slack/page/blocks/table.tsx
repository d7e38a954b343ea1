import type { RawNumberElement, RawTextElement, RichTextBlock, TableBlock } from "@slack/types";
import { keyed } from "../text/mrkdwn.tsx";
import { RichText } from "./rich-text.tsx";

type Cell = RichTextBlock | RawTextElement | RawNumberElement;

/** A table; its first row is the head. */
export function Table(props: {
	rows: Cell[][];
	columns: NonNullable<TableBlock["column_settings"]>;
	caption?: string;
}) {
	const [head = [], ...body] = props.rows;
	const style = (index: number) => ({ textAlign: props.columns[index]?.align ?? ("left" as const) });
	const indexed = (cells: Cell[]) => cells.map((cell, index) => ({ cell, index }));
	return (
		<div className="block-table">
			<table>
				{props.caption && <caption>{props.caption}</caption>}
				<thead>
					<tr>
						{keyed(indexed(head), ({ cell, index }) => (
							<th style={style(index)}>
								<CellText cell={cell} />
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{keyed(body, (cells) => (
						<tr>
							{keyed(indexed(cells), ({ cell, index }) => (
								<td style={style(index)}>
									<CellText cell={cell} />
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function CellText({ cell }: { cell: Cell }) {
	return cell.type === "rich_text" ? <RichText block={cell} /> : cell.text;
}
