import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";

/** What the app is registered with. */
export function AboutApp() {
	const { client, workspace, store } = useDesk();
	const attempt = useAttempt();
	const { app } = workspace;
	const shortcuts = app.shortcuts.filter((shortcut) => shortcut.type === "global");
	const remove = () =>
		attempt(async () => {
			await client.post("uninstall", {});
			await store.loadWorkspace();
		});
	return (
		<div className="app-about">
			<h2>{app.name}</h2>
			<dl>
				<dt>App ID</dt>
				<dd>{app.id}</dd>
				<dt>Name in messages</dt>
				<dd>@{app.bot_name}</dd>
				<dt>Installed in</dt>
				<dd>{workspace.team.name}</dd>
			</dl>
			{app.may_uninstall && (
				<p>
					<button type="button" className="button button-danger" onClick={() => void remove()}>
						Remove from {workspace.team.name}
					</button>
				</p>
			)}
			<h3>Commands</h3>
			{app.commands.length === 0 && <p className="quiet">None.</p>}
			<ul>
				{app.commands.map((command) => (
					<li key={command.command}>
						<code className="code">
							{command.command} {command.usage_hint}
						</code>{" "}
						{command.description}
					</li>
				))}
			</ul>
			<h3>Shortcuts</h3>
			{app.shortcuts.length === 0 && <p className="quiet">None.</p>}
			<div className="row">
				{shortcuts.map((shortcut) => (
					<button
						key={shortcut.callback_id}
						type="button"
						className="button"
						onClick={() => void attempt(() => client.post("shortcut", { callback_id: shortcut.callback_id }))}
					>
						⚡ {shortcut.name}
					</button>
				))}
			</div>
		</div>
	);
}
